import type { Places } from '../job.ts';
import type { Work } from '../works/work.ts';

/** What a child is told: where all is, once, and then one work after the other. */
export type ToChild =
  | { readonly places: Places }
  | { readonly work: Work }
  /** To end after the step that is under way, with a checkpoint. */
  | { readonly stop: true };

/** What it answers: that it has begun, and then what came of the work, or an error that is no matter of a trial. */
export type FromChild =
  | { readonly begun: true }
  | { readonly stopped: true }
  | { readonly result: unknown }
  /** `isOfPlace`: something is not on this machine, and may be on another. */
  | { readonly error: string; readonly isOfPlace: boolean };
