import * as keepgate from 'keepgate';
import { type Arguments, type Kind, kind } from './arguments.ts';

const { createEngine, kernel } = keepgate;

/** Kernels, engines, and the checks of them. */
export const ENGINES: Arguments = {
  createEngine: () => ['reference', {}],
  kernel: () => [
    { name: 'k', inputs: { x: ['x'] }, outputs: { y: ['y'] }, scalars: ['s'], factors: { f: 0 }, body: () => ({}) },
  ],
};

const twice = kernel({
  name: 'twice',
  inputs: { x: ['x'] },
  scalars: ['s'],
  outputs: { y: ['y'] },
  body: ({ mul }, v) => ({ y: mul(v.x, v.s) }),
});

const matrix = (ops: keepgate.Ops) => ops.upload([1, 2, 3, 4], [2, 2]);
const use = (ops: keepgate.Ops) => ({
  factors: ops.uploadFactors({}),
  name: 'input',
  gates: 1,
  firstGate: 0,
  t: 0,
  batch: 2,
});

/** What they give. */
export const ENGINE_KINDS: Readonly<Record<string, Kind>> = {
  Ops: kind<keepgate.Ops>({
    make: () => createEngine('reference'),
    end: (ops) => ops.dispose(),
    methods: {
      describe: () => [],
      dispose: () => [],
      upload: () => [[1, 2], [2]],
      uploadIndices: () => [[1, 2], [2]],
      uploadFactors: () => [
        { input: { values: Uint8Array.of(1, 0), scale: 2, strides: { gate: 0, time: 0, row: 0, unit: 1 } } },
      ],
      zeros: () => [[2]],
      read: (ops) => [matrix(ops)],
      openScope: () => [],
      release: (ops) => [[matrix(ops)]],
      at: (ops) => [matrix(ops), 1],
      rows: (ops) => [matrix(ops), 0, 1],
      reshape: (ops) => [matrix(ops), [4]],
      concat: (ops) => [[matrix(ops), matrix(ops)]],
      reverse: (ops) => [ops.zeros([2, 1, 2]), ops.uploadIndices([1], [1])],
      project: (ops) => [matrix(ops), matrix(ops), { bias: ops.zeros([2]), plus: matrix(ops), factor: use(ops) }],
      projectInputGrad: (ops) => [matrix(ops), matrix(ops), { plus: matrix(ops), factor: use(ops) }],
      projectWeightGrad: (ops) => [matrix(ops), matrix(ops), { factor: use(ops) }],
      sumRows: (ops) => [matrix(ops)],
      sum: (ops) => [matrix(ops)],
      run: (ops) => [twice, { inputs: { x: matrix(ops) }, scalars: { s: 2 }, lengths: null, t: 0, batch: 2 }],
      normalise: (ops) => [matrix(ops), 1e-5],
      normaliseGrad: (ops) => [matrix(ops), ops.zeros([2]), matrix(ops)],
      gather: (ops) => [matrix(ops), ops.uploadIndices([1], [1])],
      scatterAdd: (ops) => [ops.zeros([1, 2]), ops.uploadIndices([1], [1]), 2],
      softmax: (ops) => [matrix(ops)],
      softmaxGrad: (ops) => [matrix(ops), matrix(ops)],
      softmaxCrossEntropy: (ops) => [matrix(ops), ops.uploadIndices([1, 0], [2])],
      ranks: (ops) => [matrix(ops), ops.uploadIndices([1, 0], [2])],
    },
  }),
  MemoryScope: kind<keepgate.MemoryScope>({
    make: async () => (await createEngine('reference')).openScope(),
    end: (scope) => scope.dispose(),
    methods: { run: () => [() => 1], keep: () => [[]], dispose: () => [] },
  }),
};
