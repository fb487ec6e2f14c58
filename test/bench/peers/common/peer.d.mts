import type { WorkName, WorkSize } from '../../../../src/report/standard-works.ts';

/** What the runner wants of a child, and the numbers to do it with: see peer.mjs. */
export interface Task {
  readonly kind: 'time' | 'check' | 'check-one-bias';
  readonly work: WorkName;
  readonly size: WorkSize;
  readonly cell: 'lstm' | 'gru';
  readonly trains: boolean;
  readonly rate: number;
  readonly given: Readonly<Record<'x' | WeightName, Float32Array>> & { readonly labels: readonly number[] };
  masks(): { readonly input: Float32Array; readonly recurrent: Float32Array } | null;
}

type WeightName = 'weight_ih' | 'weight_hh' | 'bias_ih' | 'bias_hh' | 'weight' | 'bias';

export interface Prepared {
  /** How many biases a gate has; 2 when left out. */
  readonly biases?: 1 | 2;
  /** The loss, or y [T,B,H] of W1. */
  step(): Promise<number | ArrayLike<number>>;
}

export function serve(system: {
  readonly version: string;
  readonly note?: string;
  readonly prepare: (task: Task) => Promise<Prepared | null>;
}): Promise<void>;
