import type { Plan } from 'keepgate';
import type { CellSubject, Subject } from '../../src/verify/subject.ts';

/** A wrong implementation, and what finds it. */
export interface Entry {
  readonly name: string;
  readonly group: Group;
  /** What is wrong, and where that was seen. */
  readonly says: string;
  /** The property that names the fault; others may fail with it. */
  readonly caughtBy: string;
  /** The property holds, or another one fails: the verifier does not name this fault yet. The test fails once it does. */
  readonly missed?: true;
}

/** A layer that is wrong, for the black box. */
export interface Wrong extends Entry {
  /** A fresh one. */
  readonly subject: () => Subject;
}

/** A cell that is wrong, for the white box. */
export interface WrongCell extends Entry {
  /** A fresh one. */
  readonly subject: () => CellSubject;
}

/** Plans that are drawn wrongly, which neither a layer nor a cell shows. */
export interface WrongPlans extends Entry {
  readonly right: () => readonly Plan[];
  readonly wrong: () => readonly Plan[];
  readonly holds: (plans: readonly Plan[]) => boolean;
}

/** E1 to E14 are families of faults that were found in published code: see docs/verification.md. */
export type Group =
  | 'E1'
  | 'E2'
  | 'E3'
  | 'E4'
  | 'E5'
  | 'E6'
  | 'E7'
  | 'E8'
  | 'E9'
  | 'E10'
  | 'E11'
  | 'E12'
  | 'E13'
  | 'E14'
  | 'ours';
