import type { Cell } from '../../cells/cell.ts';
import { distributionName } from '../../masks/distribution.ts';
import type { SiteRule } from '../../masks/scheme.ts';
import type { Setting, Stack, Trial } from './trial.ts';

/** A statement about a cell with a scheme, checked on random small layers. */
export interface Law {
  /** Its file's name. */
  readonly name: string;
  /** The statement, in a line. */
  readonly says: string;
  /** Whether it speaks of this cell with this scheme. */
  applies(cell: Cell, scheme: readonly SiteRule[]): boolean;
  /** Which stacks of layers it speaks of, the simplest first. */
  readonly stacks: readonly Stack[];
  /** How many examples are tried. */
  readonly runs: number;
  /** Sizes to use in place of the drawn ones. */
  sizes?(scheme: readonly SiteRule[]): Partial<Sizes>;
  /** Throws Broken, or whatever the cell throws, where it does not hold. */
  check(trial: Trial): Promise<void> | void;
}

export type Sizes = Pick<Setting, 'batch' | 'time' | 'inputSize' | 'hiddenSize'>;

export const ONE_LAYER: readonly Stack[] = [{ layers: 1, bidirectional: false }];
/** Stacks that read a sequence forward only, so that it can be cut into chunks. */
export const ONE_DIRECTION: readonly Stack[] = [...ONE_LAYER, { layers: 2, bidirectional: false }];
export const STACKS: readonly Stack[] = [
  ...ONE_DIRECTION,
  { layers: 1, bidirectional: true },
  { layers: 2, bidirectional: true },
];

/** Whether the masks of a site are of zeros and ones. */
export function isBernoulli({ distribution }: Pick<SiteRule, 'distribution'>): boolean {
  return distributionName(distribution) === 'bernoulli';
}
