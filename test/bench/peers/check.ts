import { SIZES, type SizeName, type WorkName } from '../../../src/report/work-sizes.ts';
import { type Answer, Child } from './child.ts';
import { nameOf } from './rounds.ts';
import type { System } from './systems.ts';

/** Of losses of about 0.7, and of outputs below 1: what is left is float32, and other approximations of tanh. */
export const TOLERANCE = 1e-4;

export interface Finding {
  readonly system: string;
  readonly work: WorkName;
  /** How far the farthest number is from keepgate's; null when the system cannot be asked. */
  readonly error: number | null;
}

/** Ask all systems for the first results of each work from the same numbers, and compare them with the first system. */
export async function checkAgainstFirst(
  [first, ...others]: readonly System[],
  works: readonly WorkName[],
  size: SizeName,
  report: (message: string) => void,
): Promise<Finding[]> {
  if (!first) return [];
  const ask = async (system: System, kind: 'check' | 'check-one-bias'): Promise<Reply[]> => {
    const child = new Child(system);
    try {
      const name = nameOf(system, await child.hello());
      const replies: Reply[] = [];
      for (const work of works) {
        const answer = await child.ask(kind, work, SIZES[size]);
        if (answer.error !== undefined) report(`${name}, ${work}: ${answer.error}`);
        replies.push({ name, work, answer });
      }
      return replies;
    } finally {
      await child.close();
    }
  };
  const expected = { 1: await ask(first, 'check-one-bias'), 2: await ask(first, 'check') };
  const findings: Finding[] = [];
  for (const system of others) {
    for (const [i, { name, work, answer }] of (await ask(system, 'check')).entries()) {
      const reference = expected[answer.biases === 1 ? 1 : 2][i]?.answer.values;
      findings.push({ system: name, work, error: farthest(answer, reference) });
    }
  }
  return findings;
}

interface Reply {
  readonly name: string;
  readonly work: WorkName;
  readonly answer: Answer;
}

function farthest({ values, unsupported }: Answer, expected: readonly number[] | undefined): number | null {
  if (unsupported) return null;
  if (!values || values.length !== expected?.length) return Number.POSITIVE_INFINITY;
  return Math.max(...values.map((value, i) => Math.abs(value - (expected[i] as number))));
}
