import { SMALLEST } from '../../trace.ts';
import type { GpuMode } from '../device/modes.ts';
import { isResident } from '../device/modes.ts';

/** A kernel for gpu.js. Two of the same dialect with the same name are the same kernel. */
export interface Spec {
  readonly name: string;
  /** Its array parameters, in order. */
  readonly arrays: readonly string[];
  /** Its number parameters, in order. */
  readonly scalars: readonly string[];
  /** Statements that end in `return`; `x` and `y` are the column and the row of the result. */
  readonly body: string;
  /**
   * Each thread gives four rows of its column, 4y to 4y + 3, as a list of four. The first array then comes in blocks
   * of four rows, `a[block][row in the block][column]`, if `blocked`.
   */
  readonly fours?: 'blocked' | 'plain';
}

/** Statements that return values, flushed (see {@link SMALLEST}): one, or four of `fours`. */
export function returnFlushed(...values: readonly string[]): string {
  const flushed = values.map((value, i) => [
    `  let r${i} = ${value};`,
    `  if (Math.abs(r${i}) < ${SMALLEST}) { r${i} = 0; }`,
  ]);
  const results = values.map((_, i) => `r${i}`).join(', ');
  return [...flushed.flat(), values.length === 1 ? `  return ${results};` : `  return [${results}];`].join('\n');
}

/** How kernels are written for a mode: the one place that knows how an entry of an argument is reached. */
export class Dialect {
  readonly mode: GpuMode;
  readonly resident: boolean;
  /**
   * Four rows a thread: one load of an entry of the second matrix serves four products. It more than doubles the speed of a
   * product on the WebAssembly mode (docs/decisions/003); other modes cannot read such results back into a kernel.
   */
  readonly fours: boolean;

  constructor(mode: GpuMode) {
    this.mode = mode;
    this.resident = isResident(mode);
    this.fours = mode === 'webasm';
  }

  /**
   * Entry (row, column) of an array argument. On a device an argument is a window that begins somewhere in a larger
   * buffer, which gpu.js cannot express; so its first row and column are parameters of their own.
   */
  entry(array: string, row: string | number, column: string | number): string {
    return this.resident ? `${array}[${array}Row + ${row}][${array}Column + ${column}]` : `${array}[${row}][${column}]`;
  }

  /** The whole function. Kernels are strings: functions break under bundlers and coverage tools. */
  source({ arrays, scalars, body }: Spec): string {
    const windows = this.resident ? arrays.flatMap((array) => [`${array}Row`, `${array}Column`]) : [];
    return `function (${[...arrays, ...windows, ...scalars].join(', ')}) {
  const x = this.thread.x;
  const y = this.thread.y;
${body}
}`;
  }
}
