import { SITES } from '../../../masks/sites.ts';
import type { Subject, SubjectWeights } from '../../subject.ts';
import { prepared } from '../behaviour-law.ts';
import type { Claim } from '../claims.ts';
import type { CellForm, CellKind, Fault } from '../decoding/cell-step.ts';
import type { Place } from '../decoding/hypothesis.ts';
import { run } from '../probes/run-subject.ts';
import type { Outputs } from '../properties/output-fits.ts';
import { knownVariants, type Variant } from './known-variants.ts';
import { plainOutputs } from './plain-layer.ts';

/** What explains a subject's evaluation. */
export interface Identified {
  /** What it is in place of the claimed cell; null where it is that. */
  readonly variant: Variant | null;
  /** In words, what evaluation does in place of the mean of the claims; null where it is that. */
  readonly evaluation: string | null;
}

/** How far outputs may be from what explains them: theirs may be float32. */
export const TOLERANCE = 1e-4;

/** How many times it is run, each with weights and inputs of its own. */
const RUNS = 3;

/** An evaluation, and what it was of. */
interface Example {
  readonly weights: SubjectWeights;
  readonly x: number[][][];
  readonly y: Outputs;
}

/**
 * The first cell that gives what a subject evaluates to: the claimed one with other factors than the mean or with a fault,
 * then a known variant of it under the mean, then a variant with other factors. Null where none does.
 */
export async function identifyCell(
  subject: Subject,
  claims: readonly Claim[],
  seed: number,
): Promise<Identified | null> {
  const examples: Example[] = [];
  for (let n = 0; n < RUNS; n++) {
    const { x, weights, seed: given } = await prepared(subject, { batch: 2, time: 4, seed: seed + n });
    examples.push({ weights, x, y: await run(subject, x, { training: false, seed: given }) });
  }
  const [ours, ...others] = knownVariants(subject) as readonly [Variant, ...Variant[]];
  const [mean, ...otherFactors] = factorsOf(claims);
  if (!mean) return null;
  const explains = (variant: Variant, { factors }: Factors, fault: Fault | null = variant.form.fault): boolean =>
    examples.every((example) => isThatOf({ ...variant, form: { ...variant.form, fault } }, factors, example));

  const fault = FAULTS.find(([name]) => explains(ours, mean, name));
  if (fault) return { variant: null, evaluation: fault[1] };
  const other = otherFactors.find((factors) => explains(ours, factors));
  if (other) return { variant: null, evaluation: other.says };
  const variant = others.find((one) => explains(one, mean));
  if (variant) return { variant, evaluation: null };
  for (const factors of otherFactors.filter(({ uniform }) => uniform)) {
    const both = others.find((one) => explains(one, factors));
    if (both) return { variant: both, evaluation: factors.says };
  }
  return null;
}

const FAULTS: readonly (readonly [Fault, string])[] = [
  ['reads the zoned cell', 'h reads the cell after its zone'],
  ['hands on the state before its zone', 'what is handed on has no zone'],
  ['carries the state before its zone', 'what is carried has no zone'],
  ['carries what it hands on', 'what is handed on is carried'],
];

/** What evaluation may multiply or blend by. */
interface Factors {
  readonly factors: ReadonlyMap<Place, number>;
  readonly says: string;
  /** Whether all sites are treated in one way. */
  readonly uniform: boolean;
}

const WAYS: readonly (readonly [string, (rate: number) => number])[] = [
  ['multiplied by 1', () => 1],
  ['multiplied by 1 - p', (rate) => 1 - rate],
  ['multiplied by p', (rate) => rate],
  ['divided by 1 - p', (rate) => 1 / (1 - rate)],
  ['multiplied by 0', () => 0],
];

/** The mean of the claims first; then each way for all sites, and for one of them. */
function factorsOf(claims: readonly Claim[]): Factors[] {
  const meanAt = ({ site, scaling, rate }: Claim): number =>
    SITES[site].kind === 'multiplies' && scaling !== 'literal' ? 1 : 1 - rate;
  const mean = new Map<Place, number>(claims.map((claim) => [claim.site, meanAt(claim)]));
  const ways = (some: readonly Claim[], uniform: boolean): Factors[] =>
    WAYS.map(([way, factor]) => ({
      factors: new Map([...mean, ...some.map((claim): [Place, number] => [claim.site, factor(claim.rate)])]),
      says: `evaluation is ${way} at ${some.map(({ site }) => `'${site}'`).join(', ')}`,
      uniform,
    }));
  return [
    { factors: mean, says: 'the mean', uniform: true },
    ...claims.flatMap((claim) => ways([claim], false)),
    ...ways(claims, true),
  ];
}

function isThatOf(
  { kind, form, effective }: { readonly kind: CellKind; readonly form: CellForm; effective: Variant['effective'] },
  factors: ReadonlyMap<Place, number>,
  { weights, x, y }: Example,
): boolean {
  const layer = { kind, form, weights: effective(weights), factors };
  return x.every((rows, sample) => {
    let t = 0;
    for (const values of plainOutputs(layer, rows)) {
      const came = y[sample]?.[t] as readonly number[];
      if (values.some((value, unit) => !(Math.abs(value - (came[unit] as number)) <= TOLERANCE))) return false;
      t++;
    }
    return true;
  });
}

/** A subject that is given weights so that the equations of a variant hold for it, under the name of its own cell. */
export function asVariant(subject: Subject, { kind, adapted }: Variant): Subject {
  const { resetAfter: _, ...rest } = subject;
  return {
    ...rest,
    ...(kind === 'gruResetBefore' ? { resetAfter: false } : {}),
    setWeights: (weights, reverse) => subject.setWeights(adapted(weights), adapted(reverse)),
  };
}
