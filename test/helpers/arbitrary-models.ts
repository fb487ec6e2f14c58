import { fc } from '@fast-check/vitest';
import {
  annealed,
  attention,
  averagePool1d,
  batchNorm,
  bidirectional,
  type CellSite,
  concatenate,
  conv1d,
  curriculum,
  dense,
  dropout,
  type EmbeddingSite,
  embedding,
  frozen,
  gru,
  lastStates,
  type Layer,
  layerNorm,
  lstm,
  maxPool1d,
  pooling,
  repeatVector,
  residual,
  reverse,
  rnn,
  SITES,
  type Site,
  type SiteDropout,
  timeDistributed,
} from 'keepgate';

/** Layers of every kind with every option, yet to be made: a maker may refuse its options. */
export interface ArbitraryModel {
  /** Token ids below {@link VOCABULARY}, or rows of {@link SIZE} numbers. */
  readonly input: 'tokens' | 'sequence' | 'vector';
  readonly makers: readonly (() => Layer)[];
}

export const VOCABULARY = 7;
export const SIZE = 2;

/** Rates whose decimals do not end, and those at the ends of what is allowed. */
const rate: fc.Arbitrary<SiteDropout['rate']> = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: 0, max: 0.99, noNaN: true }) },
  fc.constantFrom(0, Number.MIN_VALUE, 0.1 + 0.2, 1 - Number.EPSILON),
  fc
    .tuple(fc.double({ min: 0.01, max: 0.9, noNaN: true }), fc.double({ min: 0, max: 2, noNaN: true }))
    .map(([to, gamma]) => curriculum(to, { gamma })),
  fc
    .tuple(fc.double({ min: 0.01, max: 0.9, noNaN: true }), fc.double({ min: 0, max: 2, noNaN: true }))
    .map(([from, gamma]) => annealed(from, { gamma })),
);

const concrete = fc.record({
  name: fc.constant('concrete' as const),
  temperature: fc.double({ min: 0.05, max: 3, noNaN: true }),
  weightRegularizer: fc.double({ min: 0, max: 1, noNaN: true }),
  dropoutRegularizer: fc.double({ min: 0, max: 1, noNaN: true }),
});
const learnedRate = fc.double({ min: 0.01, max: 0.9, noNaN: true });

/** A rule of a site with every option that it can have. */
function ruleAt(site: Site): fc.Arbitrary<SiteDropout> {
  const { scopes, scalings, shares, untied, distributions } = SITES[site];
  const common = {
    site: fc.constant(site),
    scope: fc.constantFrom(...scopes),
    stream: fc.oneof(
      fc.constant(site),
      fc.string({ minLength: 1, unit: 'binary' }),
      fc.constantFrom('\ud800', '__proto__'),
    ),
    ...(untied ? { tied: fc.boolean() } : {}),
  };
  const shared = fc.subarray([...shares]);
  const optional = { requiredKeys: ['site', 'rate'] as ['site', 'rate'] };
  const choices: fc.Arbitrary<SiteDropout>[] = [
    fc.record({ ...common, rate, shared, scaling: fc.constantFrom(...scalings) }, optional),
  ];
  if (distributions.includes('gaussian')) {
    choices.push(fc.record({ ...common, rate, shared, distribution: fc.constant('gaussian' as const) }, optional));
  }
  if (distributions.includes('concrete')) {
    choices.push(
      fc.record(
        { ...common, rate: learnedRate, distribution: concrete },
        { requiredKeys: ['site', 'rate', 'distribution'] },
      ),
    );
  }
  return fc.oneof(...choices);
}

function schemeAt(sites: readonly Site[]): fc.Arbitrary<SiteDropout[]> {
  return fc.subarray([...sites], { maxLength: 3 }).chain((some) => fc.tuple(...some.map(ruleAt)));
}

const CELLS: Readonly<Record<'lstm' | 'gru' | 'rnn', readonly CellSite[]>> = {
  lstm: ['input', 'recurrent', 'weight', 'update', 'memory', 'zoneCell', 'zoneHidden', 'output'],
  gru: ['input', 'recurrent', 'weight', 'update', 'zoneHidden', 'output'],
  rnn: ['input', 'recurrent', 'weight', 'update', 'zoneHidden', 'output'],
};
const MAKERS = { lstm, gru, rnn };
const EMBEDDING: readonly EmbeddingSite[] = ['wordType', 'embeddingRow', 'token', 'unknown'];

const units = fc.integer({ min: 1, max: 3 });
const cost = fc.double({ min: 0.001, max: 3, noNaN: true });

/** A recurrent layer; null for one that its maker refuses, such as a site twice. */
function recurrent(returnSequences: boolean): fc.Arbitrary<() => Layer> {
  return fc.constantFrom('lstm' as const, 'gru' as const, 'rnn' as const).chain((cell) =>
    fc
      .record(
        {
          units,
          layers: fc.integer({ min: 1, max: 2 }),
          dropout: schemeAt(CELLS[cell]),
          activationRegularization: fc.record({ ar: cost, tar: cost }, { requiredKeys: ['ar'] }),
          ...(cell === 'gru' ? { resetAfter: fc.boolean() } : {}),
          ...(cell === 'rnn' ? {} : { normalization: fc.constant('layer' as const) }),
        },
        { requiredKeys: ['units'] },
      )
      .chain((options) =>
        fc.boolean().map((both) => () => {
          const layer = MAKERS[cell]({ ...options, returnSequences });
          return both ? bidirectional(layer) : layer;
        }),
      ),
  );
}

const denseLayer = fc
  .record(
    { units, activation: fc.constantFrom('linear', 'tanh', 'sigmoid', 'relu', 'softmax') },
    { requiredKeys: ['units'] },
  )
  .map((options) => () => dense(options as Parameters<typeof dense>[0]));

const dropoutLayer = fc
  .oneof(
    fc.record({ rate, scope: fc.constantFrom('sequence' as const, 'step' as const) }, { requiredKeys: ['rate'] }),
    fc.record({ rate, distribution: fc.constant('gaussian' as const) }),
    fc.record({ rate: learnedRate, distribution: concrete }),
  )
  .map((options) => () => dropout(options));

const epsilon = fc.constantFrom(1e-5, 0.1 + 0.2, 1);
const normLayer = fc.oneof(
  fc.record({ epsilon }, { requiredKeys: [] }).map((options) => () => layerNorm(options)),
  fc
    .record({ epsilon, momentum: fc.double({ min: 0, max: 0.99, noNaN: true }) }, { requiredKeys: [] })
    .map((options) => () => batchNorm(options)),
);

const embeddingLayer = fc
  .record(
    { units, dropout: schemeAt(EMBEDDING), unknown: fc.integer({ min: 0, max: VOCABULARY - 1 }) },
    { requiredKeys: ['units', 'unknown'] },
  )
  .map((options) => () => embedding({ vocabulary: VOCABULARY, ...options }));

const few = fc.integer({ min: 1, max: 3 });
const windowLayer = fc.oneof(
  fc
    .record(
      {
        filters: units,
        kernelSize: few,
        strides: few,
        dilation: few,
        padding: fc.constantFrom('valid' as const, 'same' as const, 'causal' as const),
        activation: fc.constantFrom('linear' as const, 'tanh' as const),
      },
      { requiredKeys: ['filters', 'kernelSize'] },
    )
    .map((options) => () => conv1d(options)),
  fc
    .tuple(
      fc.constantFrom(maxPool1d, averagePool1d),
      fc.record(
        { poolSize: few, strides: few, padding: fc.constantFrom('valid' as const, 'same' as const) },
        { requiredKeys: [] },
      ),
    )
    .map(
      ([make, options]) =>
        () =>
          make(options),
    ),
);

const stepLayer = fc.oneof(
  denseLayer.map((make) => () => timeDistributed(make())),
  fc.constant(() => attention({ kind: 'dot', returnWeights: true })),
  fc.constant(() => reverse()),
  few.map((k) => () => lastStates(k)),
);
const innerLayer = fc.oneof(recurrent(true), denseLayer, dropoutLayer, normLayer, windowLayer);
const combined = fc.oneof(
  fc.array(innerLayer, { minLength: 1, maxLength: 2 }).map((makers) => () => residual(makers.map((make) => make()))),
  fc
    .array(fc.array(innerLayer, { maxLength: 2 }), { minLength: 1, maxLength: 3 })
    .map((branches) => () => concatenate(...branches.map((makers) => makers.map((make) => make())))),
);

/** Now and then one whose weights stay. */
function orFrozen(layer: fc.Arbitrary<() => Layer>): fc.Arbitrary<() => Layer> {
  return fc.tuple(layer, fc.nat(4)).map(([make, i]) => (i === 0 ? () => frozen(make()) : make));
}

const overTime = fc.array(
  orFrozen(fc.oneof(recurrent(true), denseLayer, dropoutLayer, normLayer, windowLayer, stepLayer, combined)),
  {
    maxLength: 2,
  },
);
const toVector = fc.oneof(
  fc.constantFrom('additive' as const, 'dot' as const).map((kind) => () => attention({ kind })),
  units.map((n) => () => attention({ kind: 'additive', units: n })),
  recurrent(false),
  fc.constantFrom('last' as const, 'mean' as const, 'max' as const).map((over) => () => pooling({ over })),
);
const onVectors = fc.array(orFrozen(fc.oneof(denseLayer, dropoutLayer, normLayer)), { maxLength: 2 });

type Makers = ArbitraryModel['makers'];

const afterStart = fc.oneof(
  fc.tuple(overTime, toVector, onVectors).map(([some, end, more]): Makers => [...some, end, ...more]),
  fc
    .tuple(overTime, toVector, few, recurrent(true))
    .map(([some, end, n, more]): Makers => [...some, end, () => repeatVector(n), more]),
  fc.tuple(overTime, recurrent(true)).map(([some, end]): Makers => [...some, end]),
);

export const arbitraryModel: fc.Arbitrary<ArbitraryModel> = fc.oneof(
  fc.tuple(embeddingLayer, afterStart).map(([start, rest]) => ({ input: 'tokens' as const, makers: [start, ...rest] })),
  afterStart.map((makers) => ({ input: 'sequence' as const, makers })),
  fc.tuple(denseLayer, onVectors).map(([start, rest]) => ({ input: 'vector' as const, makers: [start, ...rest] })),
);
