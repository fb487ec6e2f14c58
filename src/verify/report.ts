import type { Scheme } from '../masks/scheme.ts';

/** What became of one property. */
export interface PropertyResult {
  /** The property's name: see `propertyNames`. */
  readonly name: string;
  /** Whether it holds. */
  readonly passed: boolean;
  /** One line: what was seen, next to what was expected; for a statistical property its bound too. */
  readonly detail: string;
  /** The smallest failing example that was found, as a line that says how to see it again. */
  readonly counterexample?: string;
}

/** What `verify` found out about a subject. */
export interface Report {
  /** The subject's name. */
  readonly subject: string;
  /** Whether every property holds. */
  readonly passed: boolean;
  /** Each property that was looked at, in the order in which they were. */
  readonly properties: readonly PropertyResult[];
  /** What it says it does, with every default filled in. */
  readonly claims: Scheme;
  /** What it really does, as far as it could be seen. */
  readonly observed: Scheme;
  /** What else is to be known: options that do not apply and were left aside, and what too little was seen of. */
  readonly notes: readonly string[];
  /** Gives the same report again. */
  readonly seed: number;
}
