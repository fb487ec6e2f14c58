import { ModelError, type RunState, Tensor, tensor } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../../../../src/engines/reference/engine.ts';
import {
  expectResumable,
  expectRunSpec,
  expectRunState,
  expectSlots,
} from '../../../../src/train/checkpoints/run-state.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

/** Five samples in batches of two, after one epoch and one batch of the next, over a model that had two updates. */
const state = {
  spec: {
    key: [1, 2],
    epochs: 3,
    batchSize: 2,
    loss: { type: 'softmaxCrossEntropy' },
    optimizer: { type: 'adam' },
    clipNorm: null,
    clipValue: 0.5,
    regularization: { l2: { kernel: 0.1, bias: 0.2 } },
    fraternal: { kappa: 0.5 },
    averaging: { type: 'swa', from: 2 },
    continuation: { bptt: null, stateful: true, masks: 'keep' },
    streaming: { stepsPerEpoch: null, shuffleBuffer: 3 },
  },
  samples: 5,
  dtype: 'float64',
  weights: { a: tensor([1, 2]) },
  slots: { 'mean/a': tensor([0, 0]) },
  updates: 6,
  epochs: 2,
  before: { updates: 2, epochs: 1 },
  batches: 1,
  averages: { count: 2, sums: { loss: 0.5 } },
  history: [{ epoch: 1, training: { loss: 0.7 } }],
  callbacks: { seen: [1, { a: null }] },
  layers: [{ type: 'dense', units: 2 }],
  kept: { weights: { a: tensor([3, 4]) }, updates: 5, epochs: 2 },
  mean: { weights: { a: tensor([5, 6]) }, count: 2 },
  stopped: false,
  carried: { '0.h': tensor([1]) },
} as const;

const NO_COUNTS = [undefined, null, -1, 1.5, Number.NaN, '1', 2 ** 53];
const NO_RECORDS = [undefined, null, 7, 'a', []];
const NO_CONFIGS = [...NO_RECORDS, {}, { type: 7 }];
const NO_TENSORS = [...NO_RECORDS, { a: [1, 2] }, { a: tensor([1]), b: null }];

const WRONG_IN_SPEC: Readonly<Record<keyof typeof state.spec, readonly unknown[]>> = {
  key: [...NO_RECORDS, [1], [1, 2, 3], [1, -2], [0.5, 2]],
  epochs: NO_COUNTS,
  batchSize: NO_COUNTS,
  loss: NO_CONFIGS,
  optimizer: NO_CONFIGS,
  clipNorm: [undefined, '1', []],
  clipValue: ['1', [], {}],
  regularization: [1, [], 'a', { l3: {} }, { l2: 0.1 }, { l2: { weight: 1 } }, { l2: { kernel: '1' } }],
  fraternal: [undefined, 1, [], {}, { kappa: '1' }],
  averaging: [7, 'swa', [], {}, { type: 7 }],
  continuation: [
    1,
    [],
    {},
    { bptt: 0, stateful: true, masks: 'keep' },
    { bptt: 2, stateful: 1, masks: 'keep' },
    { bptt: 2, stateful: true },
  ],
  streaming: [1, [], {}, { stepsPerEpoch: 0, shuffleBuffer: null }, { stepsPerEpoch: null, shuffleBuffer: '1' }],
};

const WRONG: Readonly<Record<keyof typeof state, readonly unknown[]>> = {
  spec: [...NO_RECORDS, {}, { ...state.spec, key: [1] }, { ...state.spec, epochs: -1 }],
  samples: NO_COUNTS.filter((value) => value !== null),
  dtype: [undefined, 'float16', 64],
  weights: NO_TENSORS,
  slots: NO_TENSORS,
  updates: NO_COUNTS,
  epochs: NO_COUNTS,
  before: [...NO_RECORDS, { updates: 2 }, { epochs: 1 }, { updates: -1, epochs: 1 }, { updates: 2, epochs: 0.5 }],
  batches: NO_COUNTS,
  averages: [
    ...NO_RECORDS,
    { count: 2 },
    { sums: {} },
    { count: -1, sums: {} },
    { count: 2, sums: [] },
    { count: 2, sums: { loss: '1' } },
    { count: 2, sums: { loss: 1, accuracy: null } },
  ],
  history: [
    ...NO_RECORDS.slice(0, -1),
    {},
    [7],
    [{ epoch: 2, training: {} }],
    [{ epoch: 1 }],
    [{ epoch: 1, training: [] }],
  ],
  layers: [7, {}, [7], [{}], [{ type: 'dense', units: Number.NaN }]],
  kept: [
    7,
    [],
    {},
    { weights: {}, updates: 1 },
    { weights: { a: [1] }, updates: 1, epochs: 1 },
    { weights: {}, updates: -1, epochs: 1 },
  ],
  mean: [7, [], {}, { weights: {} }, { weights: {}, count: -1 }, { weights: { a: 1 }, count: 1 }],
  stopped: [null, 0, 'yes'],
  carried: NO_TENSORS.filter((value) => value !== undefined),
  callbacks: [...NO_RECORDS, { seen: Number.NaN }, { seen: () => 1 }, { seen: [1, new Map()] }],
};

const changed = (part: string, value: unknown): RunState => ({ ...state, [part]: value }) as never;
const changedSpec = (part: string, value: unknown): RunState['spec'] => ({ ...state.spec, [part]: value }) as never;

describe('a snapshot', () => {
  test('that has all its parts is one, with and without what may be null', () => {
    expectRunState(state);
    expectRunState(changed('spec', changedSpec('fraternal', null)));
    expectRunState(changed('spec', changedSpec('clipNorm', 1.5)));
    for (const none of [null, undefined]) {
      expectRunState(changed('kept', none));
      expectRunState(changed('mean', none));
      expectRunState(changed('spec', changedSpec('averaging', none)));
      expectRunState(changed('spec', changedSpec('clipValue', none)));
      expectRunState(changed('spec', changedSpec('regularization', none)));
      expectRunState(changed('spec', changedSpec('continuation', none)));
      expectRunState(changed('spec', changedSpec('streaming', none)));
    }
    expectRunState(changed('dtype', 'float32'));
    expectRunState(changed('averages', { count: 0, sums: { loss: Number.NaN } }));
    expectRunSpec('test', state.spec);
  });

  test.each(Object.entries(WRONG))('is none with another thing as its %s, which is named', async (part, values) => {
    for (const value of values) {
      const act = (): void => expectRunState(changed(part, value));
      await expectRefusal(act, ModelError, 'resume: what snapshot() gave was expected', `but its ${part} is `);
    }
  });

  test.each(Object.entries(WRONG_IN_SPEC))('has no spec with another thing as its %s', async (part, values) => {
    for (const value of values) {
      const act = (): void => expectRunSpec('test', changedSpec(part, value));
      await expectRefusal(act, ModelError, 'test: the spec of a run was expected', `but its ${part} is `);
      const whole = (): void => expectRunState(changed('spec', changedSpec(part, value)));
      await expectRefusal(whole, ModelError, 'but its spec is ');
    }
    for (const none of [null, undefined, 3, []])
      await expectRefusal(() => expectRunSpec('test', none), ModelError, 'the spec of a run was expected, but ');
  });

  test('is none where its counts do not fit each other', async () => {
    const wrong: readonly Partial<Record<keyof typeof state, unknown>>[] = [
      { updates: 5 },
      { updates: 7 },
      { epochs: 1 },
      { epochs: 3 },
      { before: { updates: 3, epochs: 1 } },
      { before: { updates: 2, epochs: 2 } },
      { batches: 2 },
      { batches: 4, updates: 9 },
      { history: [] },
      { samples: 7 },
      { spec: { ...state.spec, batchSize: 1 } },
    ];
    for (const parts of wrong) {
      const act = (): void => expectRunState({ ...state, ...parts });
      await expectRefusal(act, ModelError, 'batches were expected, but ', 'take another snapshot');
    }
    expectRunState({ ...state, batches: 3, updates: 8 });
    expectRunState({ ...state, batches: 0, updates: 5 });
    expectRunState({ ...state, history: [], epochs: 1, updates: 3 });
  });
});

describe('a run goes on from a snapshot', () => {
  const ops = createReferenceEngine();
  const resume = (spec: RunState['spec'], samples: number = state.samples, from: RunState = state as never): void =>
    expectResumable(from, spec, samples, ops, state.layers);

  test('with the same options, or more epochs; fewer as long as no more are over', () => {
    resume(state.spec as never);
    resume(changedSpec('epochs', 9));
    resume(changedSpec('epochs', 1));
  });

  test('that was written down by an earlier version, which had less to write down', () => {
    const { clipValue: _, regularization: __, averaging: ___, ...early } = state.spec;
    const { layers: ____, kept: _____, mean: ______, stopped: _______, ...before } = state;
    const told = { ...early, clipValue: null, regularization: null, averaging: null };
    resume(told, 5, { ...before, spec: early } as never);
  });

  test('and with no others', async () => {
    const others: Readonly<Record<string, unknown>> = {
      key: [1, 3],
      batchSize: 3,
      loss: { type: 'meanSquaredError' },
      optimizer: { type: 'adam', learningRate: 1 },
      clipNorm: 1,
      clipValue: null,
      regularization: { l2: { kernel: 0.2 } },
      fraternal: null,
      averaging: null,
      continuation: null,
      streaming: { stepsPerEpoch: 5, shuffleBuffer: 3 },
    };
    expect([...Object.keys(others), 'epochs'].sort()).toEqual(Object.keys(state.spec).sort());
    for (const [part, value] of Object.entries(others))
      await expectRefusal(
        () => resume(changedSpec(part, value)),
        ModelError,
        `resume: ${part} `,
        'pass the same options',
      );
    for (const part of ['clipValue', 'regularization', 'averaging']) {
      const act = (): void => resume(state.spec as never, 5, changed('spec', changedSpec(part, undefined)));
      await expectRefusal(act, ModelError, `resume: ${part} null was expected`);
    }
    const otherLayers = (): void =>
      expectResumable(state as never, state.spec as never, 5, ops, [{ type: 'dense', units: 3 }]);
    await expectRefusal(
      otherLayers,
      ModelError,
      'resume: layer 0 {"type":"dense","units":2} was expected',
      'units":3} came',
    );
    await expectRefusal(() => resume(changedSpec('epochs', 0)), ModelError, 'at least 1 epochs were expected');
    await expectRefusal(() => resume(state.spec as never, 6), ModelError, '5 samples were expected', 'but 6 came');
    const other = changed('dtype', 'float32');
    await expectRefusal(() => resume(state.spec as never, 5, other), ModelError, 'an engine of float32 was expected');
  });
});

test('slots are those that the optimizer has of these weights, all of them', async () => {
  const wanted = { 'mean/a': [2], 'mean/b': [2, 3] };
  const slots = { 'mean/a': tensor([1, 2]), 'mean/b': new Tensor(new Float32Array(6), [2, 3]) };
  expectSlots(slots, wanted);
  expectSlots({}, {});
  const wrong: readonly (readonly [Readonly<Record<string, Tensor>>, string])[] = [
    [{ ...slots, 'mean/c': tensor([1]) }, 'but "mean/c" came'],
    [{ ...slots, toString: tensor([1]) }, 'but "toString" came'],
    [{ 'mean/a': slots['mean/a'] }, 'a slot mean/b of shape [2,3] was expected, but it is missing'],
    [{ ...slots, 'mean/a': tensor([1, 2, 3]) }, 'a slot mean/a of shape [2] was expected, but shape [3] came'],
    [{ ...slots, 'mean/b': new Tensor(new Float32Array(6), [3, 2]) }, 'of shape [2,3] was expected, but shape [3,2]'],
  ];
  for (const [given, message] of wrong) await expectRefusal(() => expectSlots(given, wanted), ModelError, message);
});
