import type { Kernel } from '../../kernel.ts';
import type { KernelArgs } from '../../ops.ts';
import { flushed } from '../../trace.ts';
import type { SimdFactors } from '../factors.ts';
import { NUMBER_BYTES, type SimdHandle } from '../memory.ts';

/**
 * What a kernel reads from the words of a call. Pointers and strides are in bytes.
 *
 * - `width` (H); `t`, the step of row 0, and `batch`
 * - `lengths`: valid steps of each sample
 * - `in NAME`, `stride NAME`: an input, and the bytes from row to row (0 for one row that serves all)
 * - `out NAME`: an output
 * - `factor NAME`, `time NAME`, `row NAME`: a factor's entries for its gate, and strides; `scale NAME` if they are bytes
 * - `s NAME`: a scalar
 */
export interface Word {
  readonly name: string;
  readonly type: 'i32' | 'f32';
}

/** What a kernel has words for beside its tensors: the rest of it is not read. */
export interface Present {
  readonly lengths: boolean;
  readonly factors: readonly { readonly name: string; readonly isBytes: boolean }[];
  readonly scalars: readonly string[];
}

/** The words of a kernel, in the order in which they are read. */
export function wordsOf(kernel: Kernel, { lengths, factors, scalars }: Present): Word[] {
  return [
    ...integers('width', 't', 'batch', ...(lengths ? ['lengths'] : [])),
    ...Object.keys(kernel.inputs).flatMap((name) => integers(`in ${name}`, `stride ${name}`)),
    ...Object.keys(kernel.outputs).flatMap((name) => integers(`out ${name}`)),
    ...factors.flatMap(({ name, isBytes }) => [
      ...integers(`factor ${name}`, `time ${name}`, `row ${name}`),
      ...(isBytes ? [float(`scale ${name}`)] : []),
    ]),
    ...scalars.map((name) => float(`s ${name}`)),
  ];
}

function integers(...names: readonly string[]): Word[] {
  return names.map((name) => ({ name, type: 'i32' }));
}

function float(name: string): Word {
  return { name, type: 'f32' };
}

/** What a call of a kernel is about, as its words ask for it. */
export interface KernelOperands {
  readonly args: KernelArgs<string, string>;
  readonly inputs: readonly SimdHandle[];
  readonly outputs: readonly SimdHandle[];
  readonly lengths: SimdHandle | null;
  readonly width: number;
  readonly batch: number;
}

/** How a word is found in a call. */
export function readerOf(kernel: Kernel, word: Word): (operands: KernelOperands) => number {
  const [kind = '', name = ''] = word.name.split(/ (.*)/);
  const input = Object.keys(kernel.inputs).indexOf(name);
  const output = Object.keys(kernel.outputs).indexOf(name);
  const placed = ({ args }: KernelOperands) => (args.factors as SimdFactors).get(name, kernel.factors?.[name] ?? 0);
  const readers: Readonly<Record<string, (operands: KernelOperands) => number>> = {
    width: ({ width }) => width,
    t: ({ args }) => args.t ?? 0,
    batch: ({ batch }) => batch,
    lengths: ({ lengths }) => lengths?.pointer ?? 0,
    in: ({ inputs }) => (inputs[input] as SimdHandle).pointer,
    stride: ({ inputs }) => {
      const { rows, width } = inputs[input] as SimdHandle;
      return rows === 1 ? 0 : width * NUMBER_BYTES;
    },
    out: ({ outputs }) => (outputs[output] as SimdHandle).pointer,
    factor: (operands) => placed(operands).pointer,
    scale: (operands) => placed(operands).factor.scale,
    time: (operands) => placed(operands).factor.strides.time,
    row: (operands) => placed(operands).factor.strides.row,
    s: ({ args }) => flushed(args.scalars?.[name] ?? Number.NaN),
  };
  return readers[kind] as (operands: KernelOperands) => number;
}
