import type { CellName } from '../cells/cells.ts';
import type { Ops } from '../engines/ops.ts';
import { DataError, EngineError, KeepgateError, show } from '../errors.ts';
import { recurrent } from '../layers/recurrent/recurrent.ts';
import { type InjectedSite, injectMasks, mean } from '../masks/plan.ts';
import { WEIGHT_NAMES } from '../sequence/lanes.ts';
import { type Nested, type Tensor, tensor } from '../tensor/tensor.ts';

/** A case of a fixture file: see test/golden/README.md for the fields. */
export interface Fixture {
  readonly name: string;
  readonly cell: string;
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly training: boolean;
  readonly lengths: readonly number[] | null;
  readonly sites: Readonly<Record<string, InjectedSite>>;
  readonly weights: Readonly<Record<string, Nested>>;
  readonly x: Nested;
  readonly h0: Nested;
  readonly c0: Nested | null;
  readonly y: Nested;
  readonly hT: Nested;
  readonly cT: Nested | null;
  readonly probe: { readonly y: Nested; readonly hT: Nested; readonly cT: Nested | null };
  readonly loss: number;
  readonly grads: Readonly<Record<string, Nested>>;
}

/** How far an engine is from a fixture: the largest error of each result. */
export interface Conformance {
  readonly name: string;
  /** y, hT, cT, loss, and `d` + each gradient; |ours - theirs| / max(1, |theirs|). */
  readonly errors: Readonly<Record<string, number>>;
  readonly largest: number;
}

/** The fixtures in parsed JSON. @throws DataError when it is not a list of cases, each with all that is compared */
export function expectFixtures(value: unknown): readonly Fixture[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new DataError(
      `conform: a list of cases was expected, but ${Array.isArray(value) ? 'an empty list' : show(typeof value)} came; see the fixture format`,
    );
  }
  for (const [index, entry] of value.entries()) {
    const wrong = Object.entries(FIELDS).find(([field, fits]) => !fits(Object(entry)[field]));
    if (wrong)
      throw new DataError(
        `conform: case ${index} with a right '${wrong[0]}' was expected, but it is missing or of another kind; see the fixture format`,
      );
    const needed = [...WEIGHT_NAMES, 'x', 'h0', ...(entry.cell === 'lstm' ? ['c0'] : [])];
    const missing = needed.find((name) => entry.grads[name] === undefined);
    if (missing)
      throw new DataError(
        `conform: case ${index} with a gradient '${missing}' was expected, but it has none; see the fixture format`,
      );
  }
  return value;
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);
const isSize = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;

/** What each field of a case must be. */
const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  name: (value) => typeof value === 'string',
  cell: (value) => typeof value === 'string' && Object.hasOwn(CELLS, value),
  inputSize: isSize,
  hiddenSize: isSize,
  training: (value) => typeof value === 'boolean',
  sites: isObject,
  weights: isObject,
  x: Array.isArray,
  h0: Array.isArray,
  y: Array.isArray,
  hT: Array.isArray,
  probe: isObject,
  loss: (value) => typeof value === 'number',
  grads: isObject,
};

const CELLS: Readonly<Record<string, { readonly cell: CellName; readonly resetAfter?: boolean }>> = {
  lstm: { cell: 'lstm' },
  gru: { cell: 'gru' },
  gru_reset_before: { cell: 'gru', resetAfter: false },
  rnn: { cell: 'rnn' },
};

/**
 * Run one case on an engine, forward and backward, and compare every result.
 * @throws DataError when the case does not hold together
 */
export async function conform(fixture: Fixture, engine: Ops): Promise<Conformance> {
  try {
    return await compare(fixture, engine);
  } catch (error) {
    // What is wrong with a case is wrong with the file, whatever the layer that it is given to calls it.
    if (!(error instanceof KeepgateError) || error instanceof EngineError) throw error;
    throw new DataError(`conform: case ${show(fixture.name)}: ${error.message}`);
  }
}

async function compare(fixture: Fixture, engine: Ops): Promise<Conformance> {
  const { inputSize, hiddenSize, sites, training, lengths, h0, c0, probe } = fixture;
  const layer = recurrent({ ...(CELLS[fixture.cell] as { cell: CellName }), inputSize, hiddenSize, engine });
  layer.setWeights(fixture.weights);
  const masks = injectMasks(sites);
  const scheme = Object.values(masks.masks).map(({ rule }) => rule);

  const run = await layer.forward(fixture.x, {
    plan: training ? masks : mean(scheme),
    state: { h: h0, ...(c0 === null ? {} : { c: c0 }) },
    ...(lengths ? { lengths } : {}),
  });
  try {
    const dc = probe.cT === null ? {} : { c: probe.cT };
    const grads = await run.backward({ y: probe.y, state: { h: probe.hT, ...dc } });

    const { h, c } = run.state as { readonly h: Tensor; readonly c?: Tensor };
    const loss = dot(run.y, probe.y) + dot(h, probe.hT) + (c && probe.cT !== null ? dot(c, probe.cT) : 0);
    const gradients: Record<string, Tensor | undefined> = {
      ...grads.weights,
      x: grads.x,
      h0: grads.state.h,
      c0: grads.state.c,
    };
    const errors = {
      y: largestError(run.y, fixture.y),
      hT: largestError(h, fixture.hT),
      ...(fixture.cT === null ? {} : { cT: largestError(c, fixture.cT) }),
      loss: relativeError(loss, fixture.loss),
      ...Object.fromEntries(
        Object.entries(fixture.grads).map(([name, expected]) => [`d${name}`, largestError(gradients[name], expected)]),
      ),
    };
    return { name: fixture.name, errors, largest: Object.values(errors).reduce(worst, 0) };
  } finally {
    run.dispose();
  }
}

function dot(a: Tensor, b: Nested): number {
  const other = tensor(b).toFlat();
  return a.toFlat().reduce((sum, value, i) => sum + value * (other[i] as number), 0);
}

/** A result that is missing, or of another size, is infinitely wrong. */
function largestError(ours: Tensor | undefined, theirs: Nested): number {
  const expected = tensor(theirs).toFlat();
  const values = ours?.toFlat() ?? [];
  if (values.length !== expected.length) return Number.POSITIVE_INFINITY;
  return expected.reduce((error, value, i) => worst(error, relativeError(values[i] as number, value)), 0);
}

function relativeError(ours: number, theirs: number): number {
  return Math.abs(ours - theirs) / Math.max(1, Math.abs(theirs));
}

/** The larger of two errors; NaN is the worst of all and must not be lost in a comparison. */
function worst(a: number, b: number): number {
  return Number.isNaN(a) || Number.isNaN(b) ? Number.NaN : Math.max(a, b);
}
