import {
  bidirectional,
  createEngine,
  dense,
  dropout,
  embedding,
  gru,
  key,
  type Layer,
  lstm,
  type Model,
  ModelError,
  type ModelState,
  type Ops,
  pooling,
  recurrent,
  rnn,
  sequential,
  ShapeError,
  softmaxCrossEntropy,
  uniform,
  variational,
  zoneout,
} from 'keepgate';
import { afterAll, describe, expect, test } from 'vitest';
import { createSimdEngine } from '../../src/engines/simd/engine.ts';
import { fold } from '../../src/random/key.ts';
import { expectRefusal } from '../helpers/refusals.ts';
import { range } from '../helpers/tensors.ts';

// A sequence in chunks, with the state handed on, is the whole sequence, bit for bit.

const TIME = 7;
/** More than a batch of evaluation has, of different lengths: so batches are of other samples in each chunk. */
const LENGTHS = range(0, 70).map((i) => 1 + ((i * 5) % TIME));
const row = (seed: number): number[] => [...uniform(fold(key(7), seed), 2, -1, 1)];
const SEQUENCES = LENGTHS.map((length, i) => range(0, length).map((t) => row(10 * i + t)));
const TOKENS = LENGTHS.map((length, i) => range(0, length).map((t) => (3 * i + 5 * t) % 6));

interface Row {
  readonly name: string;
  readonly input: 'tokens' | 'sequence';
  readonly layers: () => Layer[];
  readonly parts: readonly string[];
}

const ROWS: readonly Row[] = [
  {
    name: 'two lstms on each other, zoned out, a value at every step',
    input: 'sequence',
    layers: () => [
      lstm({ units: 3, layers: 2, returnSequences: true, dropout: zoneout({ cell: 0.3, hidden: 0.2 }) }),
      dense({ units: 2 }),
    ],
    parts: ['0.h', '0.c'],
  },
  {
    name: 'embedding, gru and rnn, one prediction a sample',
    input: 'tokens',
    layers: () => [
      embedding({ vocabulary: 6, units: 3 }),
      gru({ units: 4, returnSequences: true, dropout: variational({ recurrent: 0.4, input: 0.2 }) }),
      dropout({ rate: 0.3 }),
      rnn({ units: 3 }),
      dense({ units: 3, activation: 'softmax' }),
    ],
    parts: ['1.h', '3.h'],
  },
  {
    name: 'gru (reset before), last step by pooling',
    input: 'sequence',
    layers: () => [
      gru({
        units: 3,
        resetAfter: false,
        returnSequences: true,
        dropout: [{ site: 'output', rate: 0.3, scaling: 'literal' }],
      }),
      pooling({ over: 'last' }),
      dense({ units: 2 }),
    ],
    parts: ['0.h'],
  },
];

const engines: Record<string, () => Promise<Ops>> = {
  reference: () => createEngine('reference'),
  'simd, 1 thread': () => createSimdEngine({ threads: 1 }),
  'simd, 2 threads': () => createSimdEngine({ threads: 2 }, { leastPart: 1 }),
  'gpu in mode cpu': () => createEngine('gpu', { mode: 'cpu' }),
};
const made: Ops[] = [];
afterAll(async () => {
  for (const ops of made) await ops.dispose();
});

async function built({ layers, input }: Row, engine: Ops): Promise<Model> {
  const donor = sequential(layers(), { engine });
  const signature = input === 'tokens' ? { kind: input, vocabulary: 6 } : { kind: input, size: 2 };
  await donor.build(signature as never, key(3));
  return donor;
}

describe.each(Object.keys(engines))('on %s', (name) => {
  describe.each(ROWS)('$name', (one) => {
    const samples: readonly (readonly (number | number[])[])[] = one.input === 'tokens' ? TOKENS : SEQUENCES;
    const run = async (): Promise<Model> => {
      const ops = await (engines[name] as () => Promise<Ops>)();
      made.push(ops);
      return built(one, ops);
    };

    test('predictions in three chunks are those of the whole sequences', async () => {
      const model = await run();
      const { y: whole, state: end } = await model.predict(samples, { returnState: true });
      expect(Object.keys(end)).toEqual(one.parts);
      expect(await model.predict(samples)).toEqual(whole);
      const overTime = model.output?.over === 'time';
      let state: ModelState | undefined;
      const found: unknown[][] = samples.map(() => []);
      const ends: [number, number][] = [
        [0, 1],
        [1, 4],
        [4, TIME],
      ];
      for (const [from, to] of ends) {
        const chunk = samples.map((sample) => sample.slice(from, to));
        const { y, state: next } = await model.predict(chunk, {
          returnState: true,
          ...(state ? { state: JSON.parse(JSON.stringify(state)) } : {}),
        });
        for (const [i, sample] of chunk.entries()) {
          if (overTime) found[i]?.push(...(y[i] as unknown[]));
          else if (sample.length > 0) found[i] = y[i] as unknown[];
        }
        state = next;
      }
      expect(found).toEqual(whole);
      expect(JSON.stringify(state)).toBe(JSON.stringify(end));
      // A state of nothing but zeros is none.
      expect(await model.predict(samples, { state: {} })).toEqual(whole);
      await model.dispose();
    });

    test('steps of a stream are those of the whole sequence', async () => {
      const model = await run();
      const stream = await model.stream();
      const overTime = model.output?.over === 'time';
      for (const sample of samples.slice(0, 9)) {
        stream.reset();
        const { y, state } = await model.predict<number[][][]>([sample], { returnState: true });
        const [at] = overTime
          ? y
          : [await Promise.all(sample.map((_, t) => model.predict([sample.slice(0, t + 1)])))].map((all) =>
              all.map(([first]) => first as number[]),
            );
        for (const [t, step] of sample.entries()) expect(await stream.step(step)).toEqual(at?.[t]);
        expect(JSON.stringify(stream.state())).toBe(JSON.stringify(state));
        // What was kept in mid-sequence can be gone on from.
        stream.reset();
        await stream.step(sample[0] as number);
        const kept = stream.state();
        stream.reset();
        stream.reset(kept);
        for (const [t, step] of sample.entries()) if (t > 0) expect(await stream.step(step)).toEqual(at?.[t]);
      }
      await stream.dispose();
      await model.dispose();
    });
  });
});

describe('a state', () => {
  const layers = (): Layer[] => [lstm({ units: 2, returnSequences: true }), dense({ units: 2 })];
  const aModel = async (of = layers()): Promise<Model> => {
    const model = sequential(of, { engine: 'reference' });
    await model.build({ kind: 'sequence', size: 2 }, key(1));
    return model;
  };
  const x = [[[1, 2]], [[3, 4]]];

  test('is that of a Recurrent of the same weights, in its shape, before and after', async () => {
    const model = await aModel([lstm({ units: 3, layers: 2, returnSequences: true }), dense({ units: 2 })]);
    const own = recurrent({ cell: 'lstm', inputSize: 2, hiddenSize: 3, layers: 2, engine: 'reference' });
    const weights = Object.entries(await model.getWeights()).filter(([path]) => path.startsWith('0.'));
    own.setWeights(Object.fromEntries(weights.map(([path, weight]) => [path.slice(2), weight])));
    const first = await own.forward(x);
    const { state } = await model.predict(x, { returnState: true });
    expect(JSON.stringify([state['0.h'], state['0.c']])).toBe(JSON.stringify([first.state.h, first.state.c]));
    expect(state['0.h']?.shape).toEqual([2, 2, 3]);
    const second = await own.forward(x, { state: first.state });
    const { state: end } = await model.predict(x, { state, returnState: true });
    expect(JSON.stringify([end['0.h'], end['0.c']])).toBe(JSON.stringify([second.state.h, second.state.c]));
    for (const run of [first, second]) run.dispose();
    await Promise.all([own.dispose(), model.dispose()]);
  });

  test('of another model, of other samples, of no numbers is refused', async () => {
    const model = await aModel();
    const refused = (state: unknown, error: typeof ShapeError, ...parts: string[]) =>
      expectRefusal(() => model.predict(x, { state: state as never }), error, ...parts);
    await refused({ '1.h': [[0, 0]] }, ShapeError, '0.h, 0.c', '1.h');
    await refused({ '0.h': [[0, 0]] }, ShapeError, '0.h', '[B,2]', '[1, 2]');
    await refused([1], ShapeError, 'by path');
    await refused(
      {
        '0.h': [
          [0, Number.NaN],
          [0, 0],
        ],
      },
      Error as never,
      'finite',
    );
  });

  test.each<[string, Layer[]]>([
    ['bidirectional', [bidirectional(lstm({ units: 2, returnSequences: true })), dense({ units: 2 })]],
    ['pooling', [lstm({ units: 2, returnSequences: true }), pooling({ over: 'mean' })]],
    ['pooling', [lstm({ units: 2, returnSequences: true }), pooling({ over: 'max' })]],
  ])('of a layer that needs the whole sequence is refused: %s', async (type, of) => {
    const model = await aModel(of);
    await expectRefusal(() => model.predict(x, { returnState: true }), ModelError, type, 'whole sequence');
    await expectRefusal(() => model.predict(x, { state: {} }), ModelError, type);
    await expectRefusal(() => model.stream(), ModelError, type);
    expect((await model.predict(x)).length).toBe(2);
    await model.dispose();
  });

  test('of a model of vectors is refused, and a stream of one that has no weights', async () => {
    const model = sequential([dense({ units: 1 })], { engine: 'reference' });
    await expectRefusal(() => model.stream(), ModelError, 'fit() or loadModel()');
    await model.build({ kind: 'vector', size: 2 }, key(1));
    await expectRefusal(() => model.stream(), ModelError, 'vectors');
    await expectRefusal(() => model.predict([[1, 2]], { returnState: true }), ModelError, 'vectors');
    await model.dispose();
  });
});

describe('a stream', () => {
  const aModel = async (): Promise<Model> => {
    const layers = [embedding({ vocabulary: 6, units: 2, padding: 0 }), gru({ units: 3 }), dense({ units: 3 })];
    const model = sequential(layers, { engine: 'simd' });
    await model.fit({ x: [[1, 2], [3]], y: [0, 2] }, { key: key(1), epochs: 1, loss: softmaxCrossEntropy() });
    return model;
  };

  test('keeps its weights while the model trains, and ends', async () => {
    const model = await aModel();
    const before = await Promise.all([[4], [4, 5]].map((one) => model.predict<number[][]>([one])));
    const stream = await model.stream();
    expect(await stream.step(4)).toEqual(before[0]?.[0]);
    await model.fit({ x: [[1, 2], [3]], y: [0, 2] }, { key: key(1), epochs: 3, loss: softmaxCrossEntropy() });
    await model.dispose();
    expect(await stream.step(5)).toEqual(before[1]?.[0]);
    await stream.dispose();
    await stream.dispose();
    await expectRefusal(() => stream.step(4), ModelError, 'disposed of', 'model.stream()');
    await expectRefusal(() => stream.state(), ModelError, 'disposed of');
  });

  test('refuses what is no step, and a second one beside the first, and is as before', async () => {
    const model = await aModel();
    const stream = await model.stream();
    await stream.step(4);
    for (const wrong of [6, -1, 1.5, '4', null, undefined, [4], Number.NaN, {}])
      await expectRefusal(() => stream.step(wrong as never), Error as never, 'token ids');
    await expectRefusal(() => stream.step(0), Error as never, 'padding');
    await expectRefusal(() => stream.reset({ '1.h': [[1]] }), ShapeError, '1.h');
    const step = stream.step(5);
    await expectRefusal(() => stream.step(5), ModelError, 'await it first');
    await expectRefusal(() => stream.reset(), ModelError, 'await it first');
    expect([await step]).toEqual(await model.predict([[4, 5]]));
    await stream.dispose();
    await model.dispose();
  });
});
