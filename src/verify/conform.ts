import type { CellName } from '../cells/cells.ts';
import type { Ops } from '../engines/ops.ts';
import { DataError, EngineError, KeepgateError, show } from '../errors.ts';
import { recurrent } from '../layers/recurrent/recurrent.ts';
import { type InjectedSite, injectMasks, mean } from '../masks/plan.ts';
import { WEIGHT_NAMES } from '../sequence/lanes.ts';
import { type Nested, type Tensor, tensor } from '../tensor/tensor.ts';

/** A case of a fixture file: see test/golden/README.md for the fields. */
export interface Fixture {
  /** What the results are reported under. */
  readonly name: string;
  /** 'lstm', 'gru', 'gru_reset_before' or 'rnn'. */
  readonly cell: string;
  /** I */
  readonly inputSize: number;
  /** H */
  readonly hiddenSize: number;
  /** Whether the masks are applied, or the expectation of the sites. */
  readonly training: boolean;
  /** Valid steps of each sample, [B]; null when all are. */
  readonly lengths: readonly number[] | null;
  /** The masks, by site. */
  readonly sites: Readonly<Record<string, InjectedSite>>;
  /** weight_ih [G*H,I], weight_hh [G*H,H], bias_ih [G*H] and bias_hh [G*H], in PyTorch's order of gates. */
  readonly weights: Readonly<Record<string, Nested>>;
  /** The input, [B,T,I]. */
  readonly x: Nested;
  /** The initial h, [B,H]. */
  readonly h0: Nested;
  /** The initial c, [B,H]; null but for the LSTM. */
  readonly c0: Nested | null;
  /** The outputs, [B,T,H]. */
  readonly y: Nested;
  /** The last h of each sample, [B,H]. */
  readonly hT: Nested;
  /** The last c of each sample, [B,H]; null but for the LSTM. */
  readonly cT: Nested | null;
  /** The weights of the loss, shaped as the outputs. */
  readonly probe: { readonly y: Nested; readonly hT: Nested; readonly cT: Nested | null };
  /** sum(y probe.y) + sum(hT probe.hT) + sum(cT probe.cT) */
  readonly loss: number;
  /** The loss's gradient by each weight, by x, h0 and, for the LSTM, c0. */
  readonly grads: Readonly<Record<string, Nested>>;
}

/** How far an engine is from a fixture: the largest error of each result. */
export interface Conformance {
  /** The name of the case. */
  readonly name: string;
  /** y, hT, cT, loss, and `d` + each gradient; |ours - theirs| / max(1, |theirs|). */
  readonly errors: Readonly<Record<string, number>>;
  /** The largest of the errors; NaN if one is. */
  readonly largest: number;
}

/**
 * The fixtures in parsed JSON.
 * @throws DataError when it is not a list of cases, each with all that is compared
 * @example
 * ```ts
 * import { expectFixtures } from 'keepgate';
 *
 * expectFixtures(JSON.parse('[{ "name": "a case", "cell": "peephole" }]'));
 * // throws: DataError: conform: case 0 with a right 'cell' was expected, but it is missing or of another kind; ...
 * ```
 */
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
 * @throws EngineError when the engine fails
 * @example
 * ```ts
 * import { conform, createEngine, expectFixtures } from 'keepgate';
 *
 * const weights = { weight_ih: [[0]], weight_hh: [[0]], bias_ih: [0], bias_hh: [0] };
 * const grads = { weight_ih: [[1]], weight_hh: [[0]], bias_ih: [1], bias_hh: [1], x: [[[0]]], h0: [[0]] };
 * const setting = { name: 'a step', cell: 'rnn', inputSize: 1, hiddenSize: 1, training: false, sites: {} };
 * const inputs = { x: [[[1]]], h0: [[0]], c0: null, lengths: null };
 * const results = { y: [[[0]]], hT: [[0]], cT: null, loss: 0, probe: { y: [[[1]]], hT: [[0]], cT: null } };
 * const cases = expectFixtures([{ ...setting, ...inputs, weights, ...results, grads }]);
 * const engine = await createEngine('reference');
 * for (const one of cases) console.log(one.name, (await conform(one, engine)).largest); // prints: a step 0
 * await engine.dispose();
 * ```
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
  try {
    layer.setWeights(fixture.weights);
    const masks = injectMasks(sites);
    const scheme = Object.values(masks.masks).map(({ rule }) => rule);
    const run = await layer.forward(fixture.x, {
      plan: training ? masks : mean(scheme),
      state: { h: h0, ...(c0 === null ? {} : { c: c0 }) },
      ...(lengths ? { lengths } : {}),
    });
    const dc = probe.cT === null ? {} : { c: probe.cT };
    const grads = await run.backward({ y: probe.y, state: { h: probe.hT, ...dc } });
    run.dispose();

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
    // With the layer's weights goes what a run holds that failed.
    await layer.dispose();
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
