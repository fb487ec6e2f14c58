export type SizeName = 'S' | 'M' | 'L' | 'XL';
export type WorkName = 'W1' | 'W2' | 'W3' | 'W4';

export interface WorkSize {
  /** B */
  readonly batch: number;
  /** T */
  readonly time: number;
  /** I */
  readonly inputSize: number;
  /** H */
  readonly hiddenSize: number;
}

/** The standard sizes; XL is a layer of the medium language model of Zaremba et al. (2014). */
export const SIZES: Readonly<Record<SizeName, WorkSize>> = {
  S: { batch: 32, time: 50, inputSize: 64, hiddenSize: 64 },
  M: { batch: 32, time: 100, inputSize: 128, hiddenSize: 128 },
  L: { batch: 32, time: 50, inputSize: 256, hiddenSize: 256 },
  XL: { batch: 20, time: 35, inputSize: 650, hiddenSize: 650 },
};

/** What the standard works are, in words. */
export const WORK_TEXTS: Readonly<Record<WorkName, string>> = {
  W1: 'LSTM forward, all states',
  W2: 'variational LSTM training step',
  W3: 'variational GRU training step',
  W4: 'LSTM training step without dropout',
};
