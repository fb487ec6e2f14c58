import { DataError, show } from '../../errors.ts';
import { SITES } from '../../masks/sites.ts';
import type { Mask } from '../../masks/mask.ts';
import type { DrawnPlan } from '../../train/pass.ts';
import { describeRule } from '../../verify/describe-rule.ts';
import type { ReportMask } from './report-data.ts';

/** What of a mask is shown: a report has a few, and stays small. */
const MOST = { samples: 3, timesteps: 60, units: 64, masks: 8 };

/** The masks of one batch, of a few samples each. @throws DataError for what are no plans that were drawn */
export function maskPictures(plans: readonly DrawnPlan[]): ReportMask[] {
  const isDrawn = ({ plan, extents }: DrawnPlan): boolean =>
    typeof Object(plan).masks === 'object' && typeof extents === 'object';
  if (!(Array.isArray as (value: unknown) => boolean)(plans) || !plans.every((one) => isDrawn(Object(one)))) {
    throw new DataError(
      `report: the plans that onStep of a callback is given were expected as plans, but ${show(plans)} came; note them there`,
    );
  }
  return plans
    .flatMap((drawn) => Object.values(drawn.plan.masks).map((mask) => pictured(drawn, mask)))
    .slice(0, MOST.masks);
}

type Picture = Pick<ReportMask, 'columns' | 'rows' | 'fixed' | 'pictures'>;

function pictured({ layer, label, extents }: DrawnPlan, mask: Mask): ReportMask {
  const { rule, values } = mask;
  const ones =
    rule.distribution === 'bernoulli' ? Uint8Array.from(values).reduce((sum, value) => sum + value, 0) : null;
  const picture = SITES[rule.site].ofWeights ? ofWeights(mask) : overTime(mask, extents);
  return {
    layer,
    lane: label.replace(/^_/, ''),
    site: rule.site,
    rule: describeRule(rule),
    kept: ones === null ? null : ones / values.length,
    ...picture,
  };
}

/** A picture a sample, timesteps from left to right and units from top to bottom; of words, one with a row a sample. */
function overTime(mask: Mask, { time, batch }: Pick<DrawnPlan['extents'], 'time' | 'batch'>): Picture {
  const { sizes, strides, rule } = mask;
  const fixed = strides.time === 0;
  const steps = range(fixed ? 1 : Math.min(time, MOST.timesteps));
  const columns = { what: 'timesteps', shown: Math.min(time, MOST.timesteps), all: time };
  const line = (row: number, unit: number): string =>
    steps.map((t) => digit(mask, mask.at({ gate: 0, time: t, row, unit }))).join('');
  if (SITES[rule.site].width === 'one') {
    const shown = Math.min(sizes.row, 4 * MOST.samples);
    const rows = { what: 'samples', shown, all: batch };
    return { columns, rows, fixed, pictures: [range(shown).map((row) => line(row, 0))] };
  }
  const shown = Math.min(sizes.unit, MOST.units);
  const pictures = range(Math.min(sizes.row, MOST.samples)).map((row) => range(shown).map((unit) => line(row, unit)));
  return { columns, rows: { what: 'units', shown, all: sizes.unit }, fixed, pictures };
}

/** [G*H,H]: what a recurrent weight keeps of a batch. */
function ofWeights(mask: Mask): Picture {
  const { row, unit } = mask.sizes;
  const [rows, columns] = [Math.min(row, MOST.units), Math.min(unit, MOST.units)];
  const picture = range(rows).map((at) =>
    range(columns)
      .map((u) => digit(mask, mask.at({ gate: 0, time: 0, row: at, unit: u })))
      .join(''),
  );
  return {
    columns: { what: 'units of the step before', shown: columns, all: unit },
    rows: { what: 'rows of the weight', shown: rows, all: row },
    fixed: true,
    pictures: [picture],
  };
}

function digit({ rule, scale }: Mask, value: number): string {
  if (rule.distribution === 'bernoulli') return value === 1 ? '9' : '0';
  return `${Math.round(4.5 * Math.min(2, Math.max(0, value * scale)))}`;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
