import fc from 'fast-check';
import type { Cell } from '../../cells/cell.ts';
import { messageOf } from '../../errors.ts';
import { resolveScheme, type Scheme, type SiteRule } from '../../masks/scheme.ts';
import type { PropertyResult } from '../report.ts';
import { notJudged, tryExamples } from '../try-examples.ts';
import { Broken } from './compare.ts';
import type { Law, Sizes } from './law.ts';
import { makeTrial, type Setting, type Stack } from './trial.ts';

/** What a law is checked on. */
export interface LawCase {
  readonly cell: Cell;
  /** Alike but for their rates; all the same where the rates are given. */
  readonly schemes: fc.Arbitrary<Scheme>;
  /** An integer; the same gives the same examples. */
  readonly seed: number;
  /** How many examples; the law's own number when left out. */
  readonly runs?: number | undefined;
  readonly stacks?: readonly Stack[] | undefined;
}

/**
 * Check a law on random small layers. Whatever a check throws is a failure, of which the smallest example is looked for.
 */
export async function runLaw(
  law: Law,
  { cell, schemes, seed, runs = law.runs, stacks = law.stacks }: LawCase,
): Promise<PropertyResult> {
  const examples = schemes.chain((scheme) => {
    const rules = resolveScheme(scheme);
    return settings(stacks, law.sizes?.(rules) ?? {}).map((setting): Example => ({ rules, setting }));
  });
  const { name, says } = law;
  const found = await tryExamples(examples, { seed, runs }, ({ rules, setting }) =>
    law.check(makeTrial(cell, rules, setting)),
  );
  if (found.kind === 'held') return { name, passed: true, detail: `${says} (${found.runs} examples)` };
  if (found.kind === 'interrupted') return { name, passed: false, detail: `${says}: ${notJudged(found.says)}` };
  return {
    name,
    passed: false,
    detail: `${says}; but ${describeError(found.error)}`,
    counterexample: `${describeExample(found.example)}; ${found.again}`,
  };
}

interface Example {
  readonly rules: readonly SiteRule[];
  readonly setting: Setting;
}

function settings(stacks: readonly Stack[], sizes: Partial<Sizes>): fc.Arbitrary<Setting> {
  const size = (name: keyof Sizes, max: number): fc.Arbitrary<number> => {
    const given = sizes[name];
    return given === undefined ? fc.integer({ min: 1, max }) : fc.constant(given);
  };
  return fc.record({
    batch: size('batch', 4),
    time: size('time', 6),
    inputSize: size('inputSize', 5),
    hiddenSize: size('hiddenSize', 6),
    stack: fc.constantFrom(...stacks),
    ragged: fc.boolean(),
    seed: fc.nat(),
  });
}

function describeExample({ rules, setting }: Example): string {
  const { batch, time, inputSize, hiddenSize, stack, ragged, seed } = setting;
  const sites = rules.map(({ site, rate }) => `${site} ${typeof rate === 'number' ? rate : JSON.stringify(rate)}`);
  return [
    `B ${batch}, T ${time}, I ${inputSize}, H ${hiddenSize}`,
    `${stack.layers} ${stack.layers === 1 ? 'layer' : 'layers'}${stack.bidirectional ? ', both ways' : ''}`,
    ...(ragged ? ['lengths of their own'] : []),
    `numbers of key(${seed})`,
    sites.join(', '),
  ].join('; ');
}

/** What a law says as it says it, and whatever else is thrown with its kind: by any realm. */
function describeError(error: unknown): string {
  const message = messageOf(error).replaceAll(/\s*\n\s*/g, ' ');
  if (error instanceof Broken) return message;
  const name = Object(error).name;
  return typeof name === 'string' && name !== '' ? `${name}: ${message}` : `${message} was thrown`;
}
