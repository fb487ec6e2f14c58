import { SITES } from '../../../masks/sites.ts';
import { fold, key } from '../../../random/key.ts';
import type { PropertyResult } from '../../report.ts';
import type { Subject } from '../../subject.ts';
import type { Claim } from '../claims.ts';
import { GATES, kindOf } from '../decoding/cell-step.ts';
import { expectIndependent, type SiteProperty } from '../mask-verdict.ts';
import { randomInputs, randomWeights, run, setWeights } from '../probes/run-subject.ts';
import { chanceOfEqual } from '../statistics/agreement.ts';
import { isTooUnlikely } from '../statistics/false-alarms.ts';
import type { Outputs } from './output-fits.ts';

const NAME = 'masks-are-fresh';

/** Whether the masks of a call are those of the next one. */
export const masksAreFresh: SiteProperty = ({ site }, { calls }) =>
  expectIndependent(NAME, site, 'new masks for each call', calls);

/** How many calls are compared, each with each, and their sizes. */
const CALLS = 16;
const BATCH = 64;
const TIME = 3;

/**
 * Two calls that gave the same, of many with other seeds: masks that come back, however far apart.
 * @returns their seeds; null where no two gave the same, or where two could by chance
 */
export async function repeatedCalls(
  subject: Subject,
  claims: readonly Claim[],
  seed: number,
): Promise<readonly [number, number] | null> {
  const coincidence = claims.reduce((log, claim) => log + logCoincidence(claim, subject), 0);
  // Any two of the calls could be the same.
  if (!isTooUnlikely(coincidence + 2 * Math.log(CALLS))) return null;

  const source = fold(key(seed), 'repeats');
  await setWeights(subject, randomWeights(subject, source));
  const x = randomInputs(fold(source, 'x'), BATCH, TIME, subject.inputSize);
  const outputs: string[] = [];
  for (let call = 0; call < CALLS; call++) {
    outputs.push(textOf(await run(subject, x, { training: true, seed: seed + call })));
  }
  const repeat = outputs.findIndex((text, call) => outputs.indexOf(text) < call);
  // A layer that never draws anew, or never drops, is another finding.
  if (repeat < 0 || new Set(outputs).size === 1) return null;
  return [seed + outputs.indexOf(outputs[repeat] as string), seed + repeat];
}

/** The property of fresh masks, failed where calls repeat each other. */
export function withRepeats(
  properties: readonly PropertyResult[],
  repeated: readonly [number, number] | null,
): PropertyResult[] {
  const known = properties.find((one) => one.name === NAME);
  if (!repeated || known?.passed === false) return [...properties];
  const says = `new masks for each call were expected, but the seeds ${repeated.join(' and ')} give the same outputs`;
  return [...properties.filter((one) => one !== known), { name: NAME, passed: false, detail: says }];
}

/** The logarithm of the chance that two draws of a claimed mask are the same. */
function logCoincidence({ site, rate, scope, tied, shared }: Claim, subject: Subject): number {
  const { inputSize, hiddenSize } = subject;
  const gates = GATES[kindOf(subject)].length;
  const width = SITES[site].width === 'input' ? inputSize : hiddenSize;
  const rows = SITES[site].ofWeights ? gates * hiddenSize : shared.includes('batch') ? 1 : BATCH;
  const entries = rows * (shared.includes('unit') ? 1 : width) * (tied ? 1 : gates) * (scope === 'step' ? TIME : 1);
  return entries * Math.log(chanceOfEqual(rate, rate));
}

function textOf(y: Outputs): string {
  return y.map((rows) => rows.map((row) => row.map((value) => value.toPrecision(4)).join()).join()).join();
}
