import { readFileSync } from 'node:fs';
import {
  attention,
  bidirectional,
  type Decoded,
  decode,
  dense,
  embedding,
  encoderDecoder,
  frozen,
  gru,
  key,
  type Layer,
  loadModel,
  lstm,
  type Model,
  ModelError,
  OptionError,
  residual,
  sequential,
  sgd,
  softmaxCrossEntropy,
  type StepProgress,
  type Tensor,
  teacherForcing,
  tensor,
  variational,
} from 'keepgate';
import { afterAll, describe, expect, test } from 'vitest';
import { memoryStorage } from '../../../helpers/memory-storage.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const made: Model[] = [];
afterAll(() => Promise.all(made.map((model) => model.dispose())));
function model(layers: readonly Layer[]): Model {
  const one = sequential(layers, { engine: 'reference' });
  made.push(one);
  return one;
}

const dropout = variational({ input: 0.3, recurrent: 0.4 });
const both = (more: object = {}): Layer =>
  encoderDecoder({
    encoder: [embedding({ vocabulary: 6, units: 3 }), gru({ units: 4, ...more })],
    decoder: [embedding({ vocabulary: 5, units: 3 }), gru({ units: 4, returnSequences: true, ...more })],
  });
const START = 4;
const END = 0;
const source = [
  [1, 2, 3, 4],
  [5, 0],
  [3, 3, 1],
];
const { target, y } = teacherForcing([[1, 2], [2, 1, 3, 3], []], { start: START, end: END });
const examples = { x: { source, target }, y };
const told = { key: key(1), batchSize: 3, loss: softmaxCrossEntropy() };
const input = {
  inputs: { source: { kind: 'tokens', vocabulary: 6 }, target: { kind: 'tokens', vocabulary: 5 } },
} as const;

test('a whole step is that of PyTorch within 1e-9: the loss, and each weight after it', async () => {
  const golden = JSON.parse(readFileSync(new URL('../../../golden/seq2seq.json', import.meta.url), 'utf8'));
  const [[V, W], [E, H]] = [golden.vocabulary, golden.units];
  const one = model([
    encoderDecoder({
      encoder: [embedding({ vocabulary: V, units: E }), lstm({ units: H, layers: 2 })],
      decoder: [embedding({ vocabulary: W, units: E }), lstm({ units: H, layers: 2, returnSequences: true })],
    }),
    dense({ units: W }),
  ]);
  const inputs = { source: { kind: 'tokens', vocabulary: V }, target: { kind: 'tokens', vocabulary: W } } as const;
  await one.setWeights(golden.weights, { input: { inputs }, loss: softmaxCrossEntropy() });
  const { epochs } = await one.fit(
    { x: { source: golden.source, target: golden.target }, y: golden.y },
    { ...told, epochs: 1, optimizer: sgd({ learningRate: 1 }) },
  );
  expect(epochs[0]?.training.loss).toBeCloseTo(golden.loss, 10);
  const after = await one.getWeights();
  expect(Object.keys(after).sort()).toEqual(Object.keys(golden.grads).sort());
  for (const [name, grad] of Object.entries(golden.grads)) {
    const [before, moved] = [tensor(golden.weights[name]).toFlat(), tensor(grad as never).toFlat()];
    for (const [i, value] of (after[name] as Tensor).toFlat().entries())
      expect(Math.abs(value - ((before[i] as number) - (moved[i] as number))), `${name}[${i}]`).toBeLessThan(1e-9);
  }
});

test('both sides drop by masks of their own, which are fixed over the steps of each', async () => {
  const one = model([both({ dropout }), dense({ units: 5 })]);
  const plans: StepProgress['plans'][number][] = [];
  await one.fit(examples, { ...told, epochs: 1, callbacks: [{ onStep: (step) => void plans.push(...step.plans) }] });
  expect(plans.map(({ label }) => label)).toEqual(
    ['encoder.1._l0', 'decoder.1._l0'].map((path) => expect.stringContaining(path.slice(0, 7))),
  );
  const bits = plans.map(({ plan, extents }) =>
    (['input', 'recurrent'] as const).map((site) => {
      const at = (time: number): number[] =>
        Array.from({ length: 12 }, (_, i) =>
          (plan.masks[site] as { at: (p: object) => number }).at({
            gate: 0,
            time,
            row: Math.floor(i / 4),
            unit: i % (site === 'input' ? 3 : 4),
          }),
        );
      for (let time = 1; time < extents.time; time++) expect(at(time)).toEqual(at(0));
      return at(0).join();
    }),
  );
  expect(bits[0]).not.toEqual(bits[1]);
});

test('goes on after saving, and a frozen layer inside stays', async () => {
  const layer = encoderDecoder({
    encoder: [frozen(embedding({ vocabulary: 6, units: 3 })), frozen(gru({ units: 4 }))],
    decoder: [embedding({ vocabulary: 5, units: 3 }), gru({ units: 4, returnSequences: true })],
  });
  const one = model([layer, dense({ units: 5 })]);
  await one.build(input, key(3));
  const before = await one.getWeights();
  await one.fit(examples, { ...told, epochs: 2 });
  const after = await one.getWeights();
  const moved = Object.keys(after).filter((path) => after[path]?.toFlat().join() !== before[path]?.toFlat().join());
  expect(moved.length).toBeGreaterThan(0);
  expect(moved.every((path) => !path.startsWith('0.encoder'))).toBe(true);
  const storage = memoryStorage();
  await one.save(storage);
  const again = await loadModel(storage, { engine: 'reference' });
  made.push(again);
  expect(await again.predict(examples.x)).toEqual(await one.predict(examples.x));
});

describe('what does not fit together is refused before there are weights', () => {
  const words = embedding({ vocabulary: 6, units: 3 });
  const decoder = [embedding({ vocabulary: 5, units: 3 }), gru({ units: 4, returnSequences: true })];
  test.each<readonly [string, Layer[], Layer[], string]>([
    ['other units', [words, gru({ units: 5 })], decoder, 'encoder.1.h of shape [B,5]'],
    [
      'other cells',
      [words, lstm({ units: 4 })],
      [decoder[0] as Layer, lstm({ units: 4, layers: 2, returnSequences: true })],
      'encoder.1.h of shape [B,4]',
    ],
    ['no state', [words, bidirectional(gru({ units: 4 }))], decoder, 'none came'],
    ['no recurrent layer', [words], [decoder[0] as Layer], 'a recurrent layer was expected in the decoder'],
    ['one step alone', [words, gru({ units: 4 })], [decoder[0] as Layer, gru({ units: 4 })], 'returnSequences: true'],
    [
      'a state inside of another layer',
      [words, gru({ units: 3 })],
      [decoder[0] as Layer, residual([gru({ units: 3, returnSequences: true })])],
      '"residual" holds one',
    ],
  ])('%s', async (_, encoder, decoding, part) => {
    const one = model([encoderDecoder({ encoder, decoder: decoding }), dense({ units: 5 })]);
    await expectRefusal(() => one.fit(examples, { ...told, epochs: 1 }), ModelError, part);
    expect(one.input).toBe(null);
  });
});

describe('decode', () => {
  const one = model([both(), dense({ units: 5 })]);
  const options = { start: START, end: END, maxLength: 3 };

  /** Every target of at most so many ids, with its probability by predictions of its beginnings alone. */
  async function everyTarget(ids: readonly number[], length: number): Promise<Decoded[]> {
    const found: Decoded[] = [];
    const grow = async (begun: Decoded, steps: number): Promise<void> => {
      if (begun.ended || steps === length) return void found.push(begun);
      const x = { source: [[...ids]], target: [[START, ...begun.ids]] };
      const [predicted] = await one.predict<number[][][]>(x);
      for (const [id, p] of ((predicted as number[][]).at(-1) as number[]).entries()) {
        const next = id === END ? begun.ids : [...begun.ids, id];
        await grow({ ids: next, logProbability: begun.logProbability + Math.log(p), ended: id === END }, steps + 1);
      }
    };
    await grow({ ids: [], logProbability: 0, ended: false }, 0);
    return found;
  }
  test('a beam of one is greedy, and one of full width an exhaustive search', async () => {
    await one.fit(examples, { ...told, epochs: 3 });
    const greedy = await decode(one, source, { ...options, beam: 1 });
    expect(await decode(one, source, options)).toEqual(greedy);
    for (const [i, ids] of source.entries()) {
      // The likeliest id at each step, by hand.
      const written: number[] = [];
      for (let step = 0; step < options.maxLength; step++) {
        const [predicted] = await one.predict<number[][][]>({ source: [ids], target: [[START, ...written]] });
        const last = (predicted as number[][]).at(-1) as number[];
        const id = last.indexOf(Math.max(...last));
        if (id === END) break;
        written.push(id);
      }
      expect(greedy[i]?.ids).toEqual(written);
    }
    const wide = await decode(one, source.slice(0, 2), { ...options, beam: 200 });
    for (const [i, ids] of source.slice(0, 2).entries()) {
      const all = await everyTarget(ids, options.maxLength);
      const best = all.reduce((a, b) => (b.logProbability > a.logProbability ? b : a));
      expect(wide[i]?.ids).toEqual(best.ids);
      expect(wide[i]?.logProbability).toBeCloseTo(best.logProbability, 10);
      expect(wide[i]?.logProbability).toBeGreaterThanOrEqual(greedy[i]?.logProbability as number);
    }
  });

  test('a penalty of length takes a longer target where it is as likely for its length', async () => {
    const plain = await decode(one, source, { ...options, beam: 60 });
    const longer = await decode(one, source, { ...options, beam: 60, lengthPenalty: 5 });
    const length = (all: readonly Decoded[]): number => all.reduce((sum, { ids }) => sum + ids.length, 0);
    expect(length(longer)).toBeGreaterThan(length(plain));
  });

  test('refuses what it cannot decode by', async () => {
    const other = model([embedding({ vocabulary: 6, units: 2 }), attention({ kind: 'dot' }), dense({ units: 2 })]);
    await expectRefusal(() => decode(other, source, options), ModelError, 'inputs x came');
    await expectRefusal(() => decode(one, source, { ...options, beam: 0 }), OptionError, 'beam');
    await expectRefusal(() => decode(one, source, { ...options, maxLength: 0 }), OptionError, 'maxLength');
    await expectRefusal(() => decode(one, 3 as never, options), OptionError, 'source');
  });
});
