import { expectWhole, optionsOf } from '../../checks.ts';
import { DataError, OptionError, show } from '../../errors.ts';
import { expectShape, flatOf, Tensor, type TensorLike, tensor } from '../../tensor/tensor.ts';
import type { Numbers } from '../../tensor/typed-arrays.ts';

/** What `timeseries` is told; counts are of rows. */
export interface TimeseriesOptions {
  /** T: how many timesteps a window has. */
  readonly length: number;
  /** How far behind the window's last timestep its target lies, from 0. */
  readonly delay: number;
  /** From one timestep of a window to the next; 1 when left out. */
  readonly every?: number;
  /** From the beginning of a window to that of the next; 1 when left out. */
  readonly stride?: number;
  /** The column that is to be foretold, from 0; all of a row when left out. */
  readonly target?: number;
}

/** Windows over time, [T,I] each and views of one array, and what comes after each of them. */
export interface TimeseriesExamples {
  readonly x: readonly Tensor[];
  readonly y: readonly (readonly number[])[];
}

/**
 * Windows over rows that were measured one after the other, and the numbers that come `delay` rows after each: examples to
 * learn a forecast from (`timeseries_dataset_from_array` of Keras). Part rows by time before, or windows of both parts overlap.
 * @param rows [N,I]
 * @throws ShapeError unless the rows are numbers [N,I], DataError where they are too few for a window and its target
 * @throws OptionError when an option is not what it can be
 * @example
 * ```ts
 * import { timeseries } from 'keepgate';
 *
 * const rows = [[0, 10], [1, 11], [2, 12], [3, 13], [4, 14]];
 * const { x, y } = timeseries(rows, { length: 2, delay: 1, every: 2, target: 1 });
 * console.log(JSON.stringify(x)); // prints: [[[0,10],[2,12]],[[1,11],[3,13]]]
 * console.log(y); // prints: [ [ 13 ], [ 14 ] ]
 * ```
 */
export function timeseries(rows: TensorLike, options: TimeseriesOptions): TimeseriesExamples {
  const names = { length: true, delay: true, every: true, stride: true, target: true } as const;
  const { length, delay, every = 1, stride = 1, target } = optionsOf('timeseries', options, names);
  expectWhole('timeseries', 'length', length, 1);
  expectWhole('timeseries', 'delay', delay, 0);
  expectWhole('timeseries', 'every', every, 1);
  expectWhole('timeseries', 'stride', stride, 1);
  const all = tensor(rows);
  expectShape('timeseries', all, [-1, -1], '[rows,columns]');
  const [count, columns] = all.shape as [number, number];
  if (target !== undefined && !(Number.isInteger(target) && target >= 0 && target < columns)) {
    throw new OptionError(
      `timeseries: a column from 0 to ${columns - 1} was expected as target, but ${show(target)} came; leave it out for all`,
    );
  }
  const ahead = (length - 1) * every + delay;
  if (count <= ahead) {
    throw new DataError(
      `timeseries: at least ${ahead + 1} rows were expected for a window and its target, but ${count} came; take shorter windows`,
    );
  }
  const windows = inPhases(flatOf(all), [count, columns], length === 1 ? 1 : every);
  const starts = Array.from({ length: Math.ceil((count - ahead) / stride) }, (_, i) => i * stride);
  const wanted = target === undefined ? Array.from({ length: columns }, (_, column) => column) : [target];
  return {
    x: starts.map((start) => {
      const from = windows.placeOf(start) * columns;
      return new Tensor(windows.data.subarray(from, from + length * columns) as Numbers, [length, columns]);
    }),
    y: starts.map((start) => wanted.map((column) => all.at(start + ahead, column))),
  };
}

/**
 * The rows so that those of a window lie one behind the other, whatever `every`: first those whose number it divides, then those
 * one behind them, and so on. Windows of them are views that training takes as they are, where a copy of each would be
 * `length` times the data.
 */
function inPhases(
  rows: Numbers,
  [count, columns]: readonly [number, number],
  every: number,
): { readonly data: Numbers; placeOf(row: number): number } {
  if (every === 1) return { data: rows, placeOf: (row) => row };
  const begins = Array.from({ length: every }, (_, phase) => {
    // As many rows as all phases before it have.
    return phase * Math.floor(count / every) + Math.min(phase, count % every);
  });
  const placeOf = (row: number): number => (begins[row % every] as number) + Math.floor(row / every);
  const data = rows.slice() as Numbers;
  for (let row = 0; row < count; row++) {
    data.set(rows.subarray(row * columns, (row + 1) * columns), placeOf(row) * columns);
  }
  return { data, placeOf };
}
