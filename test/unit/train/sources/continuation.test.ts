import {
  bidirectional,
  createEngine,
  curriculum,
  DataError,
  dense,
  embedding,
  type FitOptions,
  fitOptions,
  fold,
  gru,
  key,
  type Layer,
  lstm,
  type Metric,
  ModelError,
  meanSquaredError,
  OptionError,
  permutation,
  pooling,
  type RunState,
  runFromFiles,
  runToFiles,
  sequential,
  sgd,
  softmaxCrossEntropy,
  Tensor,
  uniform,
  variational,
  zoneout,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { GiveWay } from '../../../../src/engines/give-way.ts';
import { sequence } from '../../../../src/layers/signature.ts';
import { CarriedState } from '../../../../src/train/carried-state.ts';
import { uploadInputs, uploadTargets } from '../../../../src/train/examples/batch.ts';
import { checkExamples, targetsOfHead } from '../../../../src/train/examples/examples.ts';
import { headsOf } from '../../../../src/train/losses/loss-by-head.ts';
import { architectureOf } from '../../../../src/train/model/network.ts';
import { drawing, freshWeights } from '../../../../src/train/pass.ts';
import { shapesToCarry } from '../../../../src/train/sources/continuation.ts';
import { gradientsOf } from '../../../../src/train/step.ts';
import { expectSameBits, isClose } from '../../../helpers/numeric.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';
import { range } from '../../../helpers/tensors.ts';

const LENGTHS = [7, 3, 5, 7, 1, 6, 0];
const x = LENGTHS.map((length, i) => range(0, length).map((t) => [...uniform(fold(key(i), t), 2, -1, 1)]));
const y = LENGTHS.map((length, i) => range(0, length).map((t) => [...uniform(fold(key(100 + i), t), 2, -1, 1)]));
const examples = { x, y };

/** Masks that are fixed, and masks of each step: of all of them the next chunk must know how far it is. */
const layers = (): Layer[] => [
  lstm({
    units: 3,
    layers: 2,
    returnSequences: true,
    dropout: [
      ...variational({ input: 0.2, recurrent: 0.35 }),
      ...zoneout({ hidden: 0.3, scope: 'step' }),
      { site: 'memory', rate: curriculum(0.4, { gamma: 0.3 }) },
    ],
  }),
  gru({ units: 2, returnSequences: true, dropout: [{ site: 'output', rate: 0.3, scope: 'step' }] }),
];

const options: FitOptions = {
  key: key(4),
  epochs: 1,
  batchSize: 7,
  loss: meanSquaredError(),
  optimizer: sgd({ learningRate: 0 }),
};

/** The outputs of training, step by step, in the order of the targets that they are scored by. */
async function outputsOf(told: Partial<FitOptions>): Promise<Map<string, readonly number[]>> {
  const seen = new Map<string, readonly number[]>();
  const watching: Metric = {
    name: 'seen',
    score: (output, target) => {
      seen.set(JSON.stringify(target), output as readonly number[]);
      return 0;
    },
  };
  const model = sequential(layers(), { engine: 'reference' });
  await model.fit(examples, { ...options, metrics: [watching], ...told });
  await model.dispose();
  return seen;
}

describe('truncated backpropagation through time', () => {
  test('with masks that are kept has the outputs of whole sequences, to the bit', async () => {
    // One batch of all: its rows stand in another order there, but the masks of a row are those of its place.
    const one = { x: [x[0] as number[][], x[3] as number[][]], y: [y[0] as number[][], y[3] as number[][]] };
    const told = { ...options, epochs: 2, batchSize: 1, optimizer: sgd({ learningRate: 0 }) };
    const trained = async (more: Partial<FitOptions>) => {
      const outputs: string[] = [];
      const metrics = [{ name: 'seen', score: (output: unknown) => outputs.push(JSON.stringify(output)) }];
      const model = sequential(layers(), { engine: 'reference' });
      // From weights that are trained, as a rate that grows begins with 0.
      await model.build({ kind: 'sequence', size: 2 }, key(1));
      await model.setWeights(await model.getWeights(), { input: { kind: 'sequence', size: 2 }, updates: 5 });
      const firstEpochOf = { ...told, epochs: 1, key: key(8), metrics, ...more };
      await model.fit({ x: [one.x[0] as never], y: [one.y[0] as never] }, firstEpochOf);
      await model.dispose();
      return outputs;
    };
    const whole = await trained({});
    expect(whole.length).toBe(7);
    for (const bptt of [1, 2, 3, 7, 50]) expect(await trained({ bptt, masks: 'keep' })).toEqual(whole);
    expect(await trained({ bptt: 3, masks: 'redraw' })).not.toEqual(whole);
    expect((await trained({ bptt: 3, masks: 'redraw' })).slice(0, 3)).toEqual(whole.slice(0, 3));
    expect(await trained({ bptt: 3 })).toEqual(await trained({ bptt: 3, masks: 'redraw' }));
  });

  test('sees each step once, an update for each chunk, whatever the lengths', async () => {
    const all = await outputsOf({});
    expect(all.size).toBe(29);
    expect([...(await outputsOf({ bptt: 2 })).keys()].sort()).toEqual([...all.keys()].sort());
    for (const epochs of [1, 2]) {
      for (const [batchSize, bptt, count] of [
        [7, 2, 4],
        [7, 7, 1],
        // By chunks of two steps 1, 1, 2, 3, 3, 4, 4.
        [3, 2, 2 + 4 + 4],
        [1, 3, 1 + 1 + 1 + 2 + 2 + 3 + 3],
      ] as const) {
        const model = sequential(layers(), { engine: 'reference' });
        const trainer = await model.trainer(examples, { ...options, epochs, batchSize, bptt });
        expect(trainer.steps).toBe(count * epochs);
        while (!trainer.done) {
          if (trainer.atEndOfEpoch) await trainer.endEpoch();
          else await trainer.next();
        }
        expect(trainer.step).toBe(count * epochs);
        await trainer.finish();
        await model.dispose();
      }
    }
  });

  test('has the gradients of a chunk with the state before it held fixed', async () => {
    const ops = await createEngine('reference');
    const loss = meanSquaredError();
    const inputs = { x: sequence(2) };
    const of = layers();
    const architecture = architectureOf(of, inputs, loss);
    const checked = checkExamples(loss, architecture, {
      x: x.slice(0, 3).map((steps) => steps.slice(2, 5)),
      y: y.slice(0, 3).map((steps) => steps.slice(2, 5)),
    });
    const shapes = shapesToCarry(architecture, { bptt: 3, stateful: false, masks: 'keep' }) ?? {};
    const noise = (path: string, count: number) => [...uniform(fold(key(6), path), count, -0.7, 0.7)];
    const state = new CarriedState('test', shapes, 3, {
      '0.h': new Tensor(Float64Array.from(noise('0.h', 18)), [2, 3, 3]),
      '0.c': new Tensor(Float64Array.from(noise('0.c', 18)), [2, 3, 3]),
      '1.h': new Tensor(Float64Array.from(noise('1.h', 6)), [3, 2]),
    });
    const weights = await freshWeights(of, inputs, key(2), new GiveWay('test'));
    const run = async (values: Readonly<Record<string, Tensor>>) => {
      const handles = Object.fromEntries(
        Object.entries(values).map(([path, w]) => [path, ops.upload(w.data, w.shape)]),
      );
      const found = await gradientsOf(ops, ops.openScope(), of, handles, {
        batch: uploadInputs(ops, inputs, checked),
        target: (head, at) => uploadTargets(ops, loss, head.output, targetsOfHead(checked, head.name), at),
        heads: headsOf(loss, architecture.outputs),
        metrics: [],
        progress: { updates: 3, learned: {} },
        plans: drawing(key(5), 0, 2),
        twin: null,
        carried: { shapes, before: state.upload(ops, [0, 1, 2]) },
      });
      return found;
    };
    const { grads } = await run(weights);
    for (const [path, { data, shape }] of Object.entries(weights)) {
      const analytic = await ops.read(grads[path] as never);
      for (let i = 0; i < data.length; i += 5) {
        const at = async (delta: number) =>
          (
            await run({
              ...weights,
              [path]: new Tensor(Float64Array.from(data).with(i, (data[i] as number) + delta), shape),
            })
          ).loss;
        const numeric = ((await at(1e-5)) - (await at(-1e-5))) / 2e-5;
        expect(isClose(analytic[i] as number, numeric, 1e-7), `${path}[${i}]: ${analytic[i]}, ${numeric}`).toBe(true);
      }
    }
    await ops.dispose();
  });

  test('scores validation and evaluation in chunks as whole sequences are', async () => {
    const model = sequential(layers(), { engine: 'reference' });
    const { epochs } = await model.fit(examples, { ...options, bptt: 2, validation: examples });
    const whole = await model.evaluate(examples);
    const inChunks = await model.evaluate(examples, { bptt: 2 });
    for (const scores of [inChunks, epochs[0]?.validation])
      expect(isClose(scores?.loss as number, whole.loss, 1e-12)).toBe(true);
    await expectRefusal(() => model.evaluate(examples, { bptt: 0 }), OptionError, 'bptt', '0 came');
    await model.dispose();
  });
});

describe('a stateful training', () => {
  test('of chunks that stand one after the other is that of the sequences, cut', async () => {
    // A key that leaves two rows as they stand.
    const found = range(0, 20)
      .map(key)
      .find((one) => permutation(fold(fold(fold(one, 'shuffle'), 1), 'examples'), 2).join() === '0,1');
    const told = { ...options, key: found ?? key(0), batchSize: 2, optimizer: sgd({ learningRate: 0.1 }) };
    const rows = [0, 3];
    const cutAt = (from: number, of: readonly (readonly number[][])[]) =>
      rows.map((i) => of[i]?.slice(from, from + 2) ?? []);
    const starts = [0, 2, 4, 6];
    for (const masks of ['keep', 'redraw'] as const) {
      const cut = sequential(layers(), { engine: 'reference' });
      await cut.fit(
        { x: starts.flatMap((from) => cutAt(from, x)), y: starts.flatMap((from) => cutAt(from, y)) },
        { ...told, stateful: true, masks },
      );
      const whole = sequential(layers(), { engine: 'reference' });
      await whole.fit({ x: rows.map((i) => x[i] ?? []), y: rows.map((i) => y[i] ?? []) }, { ...told, bptt: 2, masks });
      expect(cut.updates).toBe(4);
      expectSameBits(await cut.getWeights(), await whole.getWeights());
      await Promise.all([cut.dispose(), whole.dispose()]);
    }
  });

  test('can have one prediction a sample', async () => {
    const model = sequential([lstm({ units: 2 }), dense({ units: 2 })], { engine: 'reference' });
    const told = { key: key(1), epochs: 2, batchSize: 2, loss: softmaxCrossEntropy(), stateful: true };
    const { epochs } = await model.fit({ x: [[[1]], [[2]], [[3]], [[4]]], y: [0, 1, 1, 0] }, told);
    expect(epochs.length).toBe(2);
    await model.dispose();
  });
});

describe('a run that is stopped between chunks and goes on', () => {
  const tokens = {
    x: LENGTHS.map((n, i) => range(0, n).map((t) => (i + 3 * t) % 5)),
    y: LENGTHS.map((n) => range(0, n).map((t) => t % 5)),
  };
  const tagger = () => [embedding({ vocabulary: 5, units: 3 }), ...layers(), dense({ units: 5 })];
  const cases = (['reference', 'simd'] as const).flatMap((engine) =>
    (['keep', 'redraw'] as const).flatMap((masks) => [
      [engine, { bptt: 2, masks }] as const,
      [engine, { bptt: 3, masks, fraternal: {} }] as const,
      [engine, { stateful: true, masks, batchSize: 7 }] as const,
    ]),
  );
  test.each(cases)('gives the bits of one that never stopped: %s, %j', async (engine, more) => {
    const told: FitOptions = {
      ...options,
      loss: softmaxCrossEntropy(),
      epochs: 2,
      batchSize: 3,
      optimizer: sgd({ learningRate: 0.1, momentum: 0.5 }),
      ...more,
    };
    const plain = sequential(tagger(), { engine });
    const { epochs } = await plain.fit(tokens, told);
    // All places in a batch, and borders of batches and of the epoch.
    for (let stop = 1; stop < plain.updates; stop += 3) {
      const begun = sequential(tagger(), { engine });
      const trainer = await begun.trainer(tokens, told);
      for (let step = 0; step < stop; step++) {
        await trainer.next();
        if (trainer.atEndOfEpoch) await trainer.endEpoch();
      }
      const state: RunState = runFromFiles(runToFiles(await trainer.snapshot()));
      await trainer.finish();
      const model = sequential(tagger(), { engine });
      const rest = await model.fit(tokens, { ...fitOptions(state.spec), resume: state });
      expectSameBits(await model.getWeights(), await plain.getWeights());
      expect(rest.epochs).toEqual(epochs);
      await Promise.all([begun.dispose(), model.dispose()]);
    }
    await plain.dispose();
  });
});

describe('what cannot go on is refused before anything changes', () => {
  const tell = { ...options, key: key(1) };
  test.each<[string, () => Layer[], Partial<FitOptions>, new (...args: never[]) => Error, string]>([
    ['bptt 0', layers, { bptt: 0 }, OptionError, 'bptt'],
    ['bptt 1.5', layers, { bptt: 1.5 }, OptionError, 'bptt'],
    ['stateful 1', layers, { stateful: 1 as never }, OptionError, 'stateful'],
    ['masks of another name', layers, { bptt: 2, masks: 'kept' as never }, OptionError, '"keep" or "redraw"'],
    ['masks alone', layers, { masks: 'keep' }, OptionError, 'bptt or stateful'],
    ['a batch that is not full', layers, { stateful: true, batchSize: 3 }, DataError, 'a multiple of 3'],
    ['one prediction a sample', () => [lstm({ units: 2 })], { bptt: 2 }, ModelError, 'returnSequences'],
    [
      'both directions',
      () => [bidirectional(lstm({ units: 1, returnSequences: true }))],
      { bptt: 2 },
      ModelError,
      'bidirectional, layer 0',
    ],
    [
      'a mean',
      () => [lstm({ units: 2, returnSequences: true }), pooling({ over: 'mean' })],
      { stateful: true, batchSize: 7 },
      ModelError,
      'pooling, layer 1',
    ],
  ])('%s', async (_, of, more, error, part) => {
    const model = sequential(of(), { engine: 'reference' });
    const vectors = model.layers.length === 1 && more.bptt === 2 && part === 'returnSequences';
    const given = vectors || part.startsWith('pooling') ? { x, y: x.map(() => [1, 2]) } : examples;
    await expectRefusal(() => model.fit(given, { ...tell, ...more }), error, part);
    expect([model.updates, model.input, model.loss]).toEqual([0, null, null]);
    await model.dispose();
  });

  test('vectors', async () => {
    const model = sequential([dense({ units: 1 })], { engine: 'reference' });
    await expectRefusal(() => model.fit({ x: [[1]], y: [[1]] }, { ...tell, stateful: true }), ModelError, 'vectors');
  });
});
