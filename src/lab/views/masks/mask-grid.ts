import type { Mask } from 'keepgate';

/** A mask as a picture: units go down and steps across; of a weight, units that are written to and those read from. */
export interface MaskGrid {
  readonly rows: number;
  readonly columns: number;
  /** What the mask multiplies there, before its scale: 1 keeps and 0 drops. */
  value(row: number, column: number): number;
  /** The entry there in a sentence. */
  words(row: number, column: number): string;
}

/** The part of a mask that one sample and one gate have. Sizes are those that its plan was drawn for. */
export function maskGrid(
  mask: Mask,
  sizes: { readonly time: number; readonly units: number },
  sample: number,
  gate: number,
): MaskGrid {
  const { rule, scale } = mask;
  const isWeight = rule.site === 'weight';
  const row = Math.min(sample, mask.sizes.row - 1);
  const value = (down: number, across: number): number =>
    isWeight
      ? mask.at({ gate: 0, time: 0, row: gate * sizes.units + down, unit: across })
      : mask.at({ gate, time: across, row, unit: mask.sizes.unit === 1 ? 0 : down });
  const isZone = rule.site === 'zoneHidden' || rule.site === 'zoneCell';
  const place = (down: number, across: number): string =>
    isWeight ? `to unit ${down}, from unit ${across}` : `unit ${down}, step ${across}`;
  const kindOf = (entry: number): string => {
    if (entry === 0) return isZone ? 'held: the state of the step before' : 'dropped';
    if (entry === 1) return isZone ? 'new' : 'kept';
    return `scaled by ${entry.toFixed(3)}`;
  };
  return {
    rows: sizes.units,
    columns: isWeight ? sizes.units : sizes.time,
    value,
    words(down, across) {
      const entry = value(down, across);
      const factor = isZone ? '' : `, factor ${round(entry * scale)}`;
      return `${place(down, across)}: ${kindOf(entry)}, p ${round(rule.rate)}${factor}`;
    },
  };
}

/** The share of entries of a picture that keep. */
export function keptShare(grid: MaskGrid): number {
  let sum = 0;
  for (let row = 0; row < grid.rows; row++)
    for (let column = 0; column < grid.columns; column++) sum += grid.value(row, column) > 0 ? 1 : 0;
  return sum / (grid.rows * grid.columns);
}

function round(value: number): string {
  return String(Number(value.toFixed(4)));
}
