import {
  accuracy,
  adam,
  dense,
  type Examples,
  type FitOptions,
  fitOptions,
  KeepgateError,
  key,
  loadModel,
  type Ops,
  OptionError,
  runFromFiles,
  runToFiles,
  sequential,
  softmaxCrossEntropy,
  TextClassifier,
} from 'keepgate';
import { expect, test } from 'vitest';

const examples: Examples = { x: [[1], [2]], y: [0, 1] };
const fine: FitOptions = { key: key(1), epochs: 1, loss: softmaxCrossEntropy() };
const score = () => 1;

/** What callers without types may pass. */
const WRONG: Readonly<Record<string, readonly unknown[]>> = {
  loss: [null, 5, {}, softmaxCrossEntropy, { ...softmaxCrossEntropy(), target: 'foo' }],
  optimizer: [null, 5, {}, adam],
  metrics: [null, 'accuracy', [null], [5], [{}], [accuracy(), accuracy()], [{ name: 'loss', score }], [accuracy]],
  callbacks: [null, () => {}, [{}], [{ onstep() {} }], [{ onStep: 5 }], [{ onEpoch: 'stop' }]],
  signal: [null, 5, 'x', {}, [], new AbortController()],
  resume: [5, 'x', {}, []],
  clipNorm: [0, -1, Number.NaN, 'x'],
  clipValue: [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 'x', null],
  epochs: [0, 1.5, '1', null],
};

test.each(Object.entries(WRONG).flatMap(([option, values]) => values.map((value) => [option, value] as const)))(
  'fit refuses %s: %o, in one line and before anything changes',
  async (option, value) => {
    const model = sequential([dense({ units: 2 })], { engine: 'reference' });
    const error = await model
      .fit(examples, { ...fine, [option]: value } as FitOptions)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(KeepgateError);
    expect((error as Error).message).toMatch(/^(fit|resume).*: .* (was|were) expected/);
    expect((error as Error).message).not.toContain('\n');
    expect(model.input).toBeNull();
  },
);

test('what reads a model, runs or files says what is wrong with its options', async () => {
  const model = sequential([dense({ units: 2 })], { engine: 'reference' });
  await model.fit(examples, fine);
  const wrong: readonly (() => unknown)[] = [
    () => model.evaluate(examples, { loss: softmaxCrossEntropy as never }),
    () => model.evaluate(examples, { metrics: ['acuracy'] }),
    () => model.predict([[1]], { signal: new AbortController() as never }),
    () => model.predictMC([[1]], { passes: 2, signal: {} as never }),
    () => runToFiles(null as never),
    () => runToFiles(5 as never),
    () => runFromFiles(null as never),
    () => fitOptions(null as never),
    () => fitOptions({} as never),
    () => loadModel('nowhere', { layers: null as never }),
    () => loadModel('nowhere', { layer: {} } as never),
    () => TextClassifier.load('nowhere', 5 as never),
  ];
  for (const act of wrong) {
    const error = await (async () => act())().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(KeepgateError);
    expect((error as Error).message).not.toContain('\n');
  }
  await model.dispose();
});

test('an optimizer that gives other shapes, or none, is told, and the model is as it was', async () => {
  const model = sequential([dense({ units: 2 })], { engine: 'reference' });
  await model.fit(examples, fine);
  const before = await model.getWeights();
  const results: readonly (readonly [(ops: Ops) => unknown, string])[] = [
    [
      (ops) => ({ weight: ops.zeros([9]), slots: {} }),
      'weight 0.weight of shape [2,1] was expected from its update, but shape [9]',
    ],
    [
      (ops) => ({ weight: ops.zeros([2, 2]), slots: {} }),
      'weight 0.weight of shape [2,1] was expected from its update, but shape [2,2]',
    ],
    [() => ({ weight: {}, slots: {} }), 'weight 0.weight of shape [2,1] was expected from its update, but {} came'],
    [() => ({ slots: {} }), 'weight 0.weight of shape [2,1] was expected from its update, but undefined came'],
    [
      (ops) => ({ weight: ops.zeros([2, 1]), slots: {} }),
      'slot mean/0.weight of shape [2,1] was expected from its update, but undefined',
    ],
  ];
  for (const [update, message] of results) {
    const optimizer = { ...adam(), update };
    await expect(model.fit(examples, { ...fine, optimizer: optimizer as never })).rejects.toThrow(`adam: a ${message}`);
    expect(await model.getWeights()).toEqual(before);
  }
  await model.fit(examples, fine);
  expect(() => adam({ learningRate: { at: () => 0.1 } as never })).toThrow(OptionError);
  await model.dispose();
});
