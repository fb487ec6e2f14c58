import type { Scheme } from '../masks/scheme.ts';

/** What became of one property. */
export interface PropertyResult {
  readonly name: string;
  readonly passed: boolean;
  /** One line: what was seen, next to what was expected; for a statistical property its bound too. */
  readonly detail: string;
  /** The smallest failing example that was found, as a line that says how to see it again. */
  readonly counterexample?: string;
}

export interface Report {
  /** The subject's name. */
  readonly subject: string;
  readonly passed: boolean;
  readonly properties: readonly PropertyResult[];
  readonly claims: Scheme;
  /** What it really does, as far as it could be seen. */
  readonly observed: Scheme;
  /** Gives the same report again. */
  readonly seed: number;
}
