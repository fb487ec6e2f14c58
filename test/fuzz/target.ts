import { KeepgateError } from 'keepgate';
import type { Random } from './random.ts';

/** What came of an input. A refusal is a typed error of one line; anything else is a finding. */
export type Outcome = 'taken' | 'refused';

/** A border of the package that takes whatever somebody hands in. */
export interface Target {
  readonly name: string;
  /** Of all inputs: what is slow gets fewer. */
  readonly share: number;
  /** Make what many inputs need, in a folder that is there for this target. */
  open(folder: string): Promise<{ tryOne(random: Random): Promise<Outcome>; close?(): Promise<void> }>;
}

/** Whether a piece of work ends well, or with an error as it is to be. @throws anything else that it threw */
export async function outcomeOf(work: () => unknown): Promise<Outcome> {
  try {
    await work();
    return 'taken';
  } catch (error) {
    if (!(error instanceof KeepgateError) || /[\n\r]/.test(error.message)) throw error;
    return 'refused';
  }
}
