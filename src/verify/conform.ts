import type { CellName } from '../cells/cells.ts';
import type { Ops } from '../engines/ops.ts';
import { DataError, show } from '../errors.ts';
import { recurrent } from '../layers/recurrent.ts';
import { type InjectedSite, injectMasks, mean } from '../masks/plan.ts';
import type { Site } from '../masks/sites.ts';
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

/** The fixtures in parsed JSON. @throws DataError when it is not a list of cases */
export function expectFixtures(value: unknown): readonly Fixture[] {
  const fields = ['name', 'cell', 'sites', 'weights', 'x', 'h0', 'y', 'hT', 'probe', 'loss', 'grads'];
  if (!Array.isArray(value) || value.length === 0) {
    throw new DataError(
      `conform: a list of cases was expected, but ${Array.isArray(value) ? 'an empty list' : show(typeof value)} came; see the fixture format`,
    );
  }
  for (const [index, entry] of value.entries()) {
    const missing = fields.find((field) => !(Object(entry) === entry && field in entry));
    if (missing)
      throw new DataError(
        `conform: case ${index} with a field '${missing}' was expected, but it has none; see the fixture format`,
      );
    if (!Object.hasOwn(CELLS, entry.cell)) {
      throw new DataError(
        `conform: case ${index} with a cell of ${Object.keys(CELLS).join(', ')} was expected, but ${show(entry.cell)} came`,
      );
    }
  }
  return value;
}

const CELLS: Readonly<Record<string, { readonly cell: CellName; readonly resetAfter?: boolean }>> = {
  lstm: { cell: 'lstm' },
  gru: { cell: 'gru' },
  gru_reset_before: { cell: 'gru', resetAfter: false },
  rnn: { cell: 'rnn' },
};

/** Run one case on an engine, forward and backward, and compare every result. */
export async function conform(fixture: Fixture, engine: Ops): Promise<Conformance> {
  const { sites, training, lengths, h0, c0, probe } = fixture;
  const layer = recurrent({ ...(CELLS[fixture.cell] as { cell: CellName }), ...sizes(fixture), engine });
  layer.setWeights(fixture.weights);
  const scheme = Object.entries(sites).map(
    ([site, { rate, scope = 'sequence', untied = false, scaling = 'inverted' }]) => {
      return { site: site as Site, rate, scope, tied: !untied, scaling };
    },
  );

  const run = await layer.forward(fixture.x, {
    plan: training ? injectMasks(sites) : mean(scheme),
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

function sizes({ inputSize, hiddenSize }: Fixture): { inputSize: number; hiddenSize: number } {
  return { inputSize, hiddenSize };
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
