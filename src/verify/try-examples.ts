import fc from 'fast-check';
import { messageOf } from '../errors.ts';

/** What came of trying a statement on examples. */
export type Tried<E> =
  | { readonly kind: 'held'; readonly runs: number }
  | {
      readonly kind: 'failed';
      /** What was thrown. */
      readonly error: unknown;
      /** The smallest example that fails. */
      readonly example: E;
      /** How to see it again. */
      readonly again: string;
    }
  /** Somebody ended it before all examples were tried, and none of those that were has failed. */
  | { readonly kind: 'interrupted'; readonly says: string };

/** How many examples, and which. */
export interface Trying {
  /** An integer; the same gives the same examples. */
  readonly seed: number;
  readonly runs: number;
}

/**
 * Try a statement on examples, and look for the smallest that fails.
 *
 * A verdict must not depend on the program that it is asked for in, so that what that program has told fast-check
 * (limits of time, hooks, reporters) is taken away for as long as it is read: while a property is made and begun, which
 * nothing interrupts. Plugins that are installed for good cannot be; where one ends the work, that is no verdict.
 * @param check throws where an example fails
 */
export async function tryExamples<E>(
  examples: fc.Arbitrary<E>,
  { seed, runs }: Trying,
  check: (example: E) => Promise<void> | void,
): Promise<Tried<E>> {
  const found = await begin(examples, { seed, runs }, check).catch((error: unknown) => error);
  if (!isDetails<E>(found)) return { kind: 'interrupted', says: messageOf(found) };
  const { failed, interrupted, numRuns, counterexample, counterexamplePath, errorInstance } = found;
  if (failed && counterexample !== null) {
    const again = `fast-check seed ${found.seed}, path "${counterexamplePath}"`;
    return { kind: 'failed', error: errorInstance, example: counterexample[0], again };
  }
  if (failed || interrupted) return { kind: 'interrupted', says: `${numRuns} of ${runs} examples were tried` };
  return { kind: 'held', runs: numRuns };
}

async function begin<E>(
  examples: fc.Arbitrary<E>,
  { seed, runs }: Trying,
  check: (example: E) => Promise<void> | void,
): Promise<fc.RunDetails<[E]>> {
  const ofTheHost = fc.readConfigureGlobal();
  fc.resetConfigureGlobal();
  try {
    const property = fc.asyncProperty(examples, async (example) => {
      await check(example);
    });
    return fc.check(property, { seed, numRuns: runs });
  } finally {
    fc.configureGlobal(ofTheHost);
  }
}

/** Rather than what a plugin has thrown. */
function isDetails<E>(value: unknown): value is fc.RunDetails<[E]> {
  return typeof value === 'object' && value !== null && 'counterexamplePath' in value;
}

/** How an interruption is reported: it is not a verdict, and no property holds by it. */
export function notJudged(says: string): string {
  return `not judged: a plugin of fast-check ended the work (${says})`;
}
