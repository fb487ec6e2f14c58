import { expectOneOf, expectWhole } from '../../checks.ts';

/** What stands around a sequence, so that windows fit: nothing, zeros at both ends, or all of them in front. */
export type WindowPadding = 'valid' | 'same' | 'causal';

/** Windows over the steps of a sequence: window t has the steps t strides + k dilation - what is put in front. */
export interface Windows {
  /** K, the steps of a window. */
  readonly size: number;
  readonly strides: number;
  readonly dilation: number;
  readonly padding: WindowPadding;
}

/** More than anybody lays over a sequence: sizes beyond it are not counted exactly in 32 bits. */
const MOST_STEPS = 1_000_000;

/** @throws OptionError for what no windows can be. @param sizeName what the layer calls their size */
export function checkedWindows(
  who: string,
  sizeName: string,
  windows: Windows,
  allowed: readonly WindowPadding[],
): Windows {
  const { size, strides, dilation, padding } = windows;
  expectWhole(who, sizeName, size, 1, MOST_STEPS);
  expectWhole(who, 'strides', strides, 1, MOST_STEPS);
  expectWhole(who, 'dilation', dilation, 1, MOST_STEPS);
  expectOneOf(who, 'padding', padding, allowed);
  return windows;
}

/** Whether there are as many windows as steps, however many. */
export function keepsSteps({ strides, padding, size }: Windows): boolean {
  return strides === 1 && (padding !== 'valid' || size === 1);
}

/** How many windows lie over so many steps. */
export function windowCount({ size, strides, dilation, padding }: Windows, steps: number): number {
  if (padding !== 'valid') return Math.ceil(steps / strides);
  const span = (size - 1) * dilation + 1;
  return steps < span ? 0 : Math.floor((steps - span) / strides) + 1;
}

/**
 * The step of each window's entries for one sample: of 'same', half of what is missing is put in front, the smaller half where it is
 * odd, as in PyTorch and TensorFlow. It depends on the sample's own length, so that no other sample changes it.
 */
export function inFront({ size, strides, dilation, padding }: Windows, steps: number, windows: number): number {
  const span = (size - 1) * dilation + 1;
  if (padding === 'valid') return 0;
  if (padding === 'causal') return span - 1;
  return Math.floor(Math.max(0, (windows - 1) * strides + span - steps) / 2);
}

/** What windows over a batch come to. */
export interface Placed {
  /** How many there are of each sample, [B]. */
  readonly counts: Int32Array;
  /** The rows t B + b that stand in them, [T',B,K]; -1 for what is put around a sequence, and past the windows of a sample. */
  readonly rows: Int32Array;
}

/** @param validSteps of each sample, [B] */
export function placeWindows(windows: Windows, validSteps: Int32Array): Placed {
  const { size, strides, dilation } = windows;
  const batch = validSteps.length;
  const counts = validSteps.map((steps) => windowCount(windows, steps));
  const time = counts.reduce((most, count) => Math.max(most, count), 1);
  const rows = new Int32Array(time * batch * size).fill(-1);
  for (const [b, count] of counts.entries()) {
    const steps = validSteps[b] as number;
    const front = inFront(windows, steps, count);
    for (let t = 0; t < count; t++) {
      for (let k = 0; k < size; k++) {
        const step = t * strides + k * dilation - front;
        if (step >= 0 && step < steps) rows[(t * batch + b) * size + k] = step * batch + b;
      }
    }
  }
  return { counts, rows };
}
