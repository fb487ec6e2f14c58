import * as keepgate from 'keepgate';
import { type Arguments, kind, type Kind } from './arguments.ts';

const { curriculum, key, sample, variational } = keepgate;

export const SIZES = { batch: 2, time: 3, inputSize: 2, hiddenSize: 4, gates: 4 };

/** Schemes, masks, plans and random numbers. */
export const MASKS: Arguments = {
  annealed: () => [0.3, { gamma: 0.1 }],
  curriculum: () => [0.3, { gamma: 0.1 }],
  concrete: () => [
    { input: 0.1, recurrent: 0.2, output: 0.3, temperature: 0.1, weightRegularizer: 1e-6, dropoutRegularizer: 1e-5 },
  ],
  embeddingRowDropout: () => [{ rate: 0.1 }],
  gaussian: () => [{ input: 0.2, recurrent: 0.3, output: 0.4, scope: 'step' }],
  lockedDropout: () => [{ output: 0.3 }],
  naive: () => [{ input: 0.2, output: 0.3 }],
  recurrentDropout: () => [{ update: 0.2, scope: 'step', scaling: 'literal' }],
  rnnDrop: () => [{ memory: 0.2, scaling: 'literal' }],
  stochasticDepth: () => [{ hidden: 0.2, cell: 0.2, tied: true }],
  tokenDropout: () => [{ rate: 0.1 }],
  unknownDropout: () => [{ rate: 0.1 }],
  variational: () => [{ input: 0.2, recurrent: curriculum(0.3), tied: false }],
  weightDrop: () => [{ recurrent: 0.3 }],
  wordTypeDropout: () => [{ rate: 0.1 }],
  zoneout: () => [{ hidden: 0.1, cell: 0.2, scope: 'step', tied: false }],
  'papers.zaremba2014': () => [{ input: 0.5, output: 0.4 }],
  'papers.moon2015': () => [{ memory: 0.25 }],
  'papers.gal2016': () => [{ input: 0.2, recurrent: 0.3, output: 0.2 }],
  'papers.semeniuta2016': () => [{ update: 0.3, scope: 'step' }],
  'papers.krueger2017': () => [{ cell: 0.5, hidden: 0.05 }],
  'papers.merity2017': () => [{ recurrent: 0.5, input: 0.4, output: 0.4 }],
  parseScheme: () => ['variational(input=0.25,recurrent=0.25)+zoneout(hidden=0.05)'],
  resolveScheme: () => [[{ site: 'output', rate: 0.3, scope: 'step', shared: ['batch'], stream: 's' }]],
  schemeWarnings: () => [variational({ recurrent: 0.3 })],
  sharedAcrossBatch: () => [[{ site: 'output', rate: 0.3 }]],
  sharedAcrossLayers: () => [[{ site: 'output', rate: 0.3 }]],
  splitScheme: () => [[{ site: 'output', rate: 0.3 }]],
  isSite: () => ['recurrent'],
  Mask: () => maskParts(),
  Plan: () => [[sample(variational({ recurrent: 0.5 }), key(1), SIZES).masks.recurrent], ['recurrent'], true],
  sample: () => [
    variational({ recurrent: 0.5 }),
    { ...key(1) },
    { ...SIZES, first: { sample: 1, step: 2 }, update: 3, tokens: { ids: new Int32Array(6) } },
  ],
  mean: () => [variational({ recurrent: 0.5 }), { update: 2 }],
  none: () => [],
  injectMasks: () => [
    {
      recurrent: { rate: 0.5, mask: [[1, 0, 1]], scope: 'sequence', untied: false, scaling: 'inverted', shared: [] },
      output: { rate: 0.5, mask: [[1, 0, 1]], stream: 'x', distribution: 'bernoulli' },
    },
  ],
  fold: () => [{ words: [1, 2] }, 'label'],
  key: () => [7],
  categorical: () => [{ words: [1, 2] }, [0.5, 0.5], { temperature: 2 }],
  normal: () => [{ words: [1, 2] }, 3],
  permutation: () => [{ words: [1, 2] }, 3],
  uniform: () => [{ words: [1, 2] }, 3, -1, 1],
  Tensor: () => [Float32Array.of(1, 2, 3, 4), [2, 2], [2, 1]],
  tensor: () => [
    [1, 2, 3, 4],
    [2, 2],
  ],
};

/** What a mask is made of. */
function maskParts(): ConstructorParameters<typeof keepgate.Mask> {
  const mask = sample(variational({ recurrent: 0.5 }), key(1), SIZES).masks.recurrent as keepgate.Mask;
  return [{ ...mask.rule }, mask.values, mask.scale, { ...mask.sizes }];
}

/** What they are made of, by the class. */
export const MASK_KINDS: Readonly<Record<string, Kind>> = {
  Mask: kind({
    make: () => new keepgate.Mask(...maskParts()),
    methods: {
      at: () => [{ gate: 0, time: 0, row: 1, unit: 2 }],
      toArray: () => [],
      expect: () => [{ ...SIZES }],
    },
  }),
  Plan: kind({ make: () => sample([{ site: 'input', rate: 0.5 }], key(1), SIZES), methods: { toJSON: () => [] } }),
  Tensor: kind({
    make: () =>
      keepgate.tensor([
        [1, 2],
        [3, 4],
      ]),
    methods: { at: () => [1, 0], swapFirstAxes: () => [], toFlat: () => [], toArray: () => [], toJSON: () => [] },
  }),
};
