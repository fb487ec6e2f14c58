import { OptionError } from '../../../errors.ts';
import { version } from '../../../platform/packages/version.ts';
import { hashOfModule } from '../../../search/objectives/own-module.ts';
import { Remote, type RemotePlace } from '../../../search/queue/remote.ts';
import type { VerifyWork } from '../../../search/works/verify-subject.ts';
import type { Report } from '../../../verify/report.ts';
import type { Output } from '../../output.ts';

/**
 * Reports that the workers of a queue make, a subject each: the same as those that are made here.
 * @param module the path of the one that exports the subjects; undefined for our own
 * @param runs for each subject; null for as many as each property needs
 * @throws OptionError for what is no file of code
 */
export async function* queuedReports(
  module: string | undefined,
  runs: readonly (number | null)[],
  seed: number,
  place: RemotePlace,
  out: Output,
): AsyncGenerator<Report> {
  const hash = module === undefined ? null : await hashOfModule(module);
  const keepgate = await version();
  const remote = await Remote.open('verify', place, (text) => out.warn(text));
  try {
    yield* remote.run<Report>(
      runs.map((count, at): VerifyWork => {
        return { format: 'keepgate-verify-1', keepgate, module: hash, at, seed, runs: count };
      }),
    );
  } finally {
    await remote.close();
  }
}

/** @throws OptionError for subjects that workers cannot be told of, and for options that do nothing */
export function expectQueueable(
  module: string | undefined,
  isModel: boolean,
  { queue, prefix, store }: Partial<RemotePlace>,
): void {
  if (queue === undefined) {
    const idle = Object.entries({ prefix, store }).find(([, value]) => value !== undefined);
    if (idle) throw new OptionError(`verify: --queue was expected with --${idle[0]}, but none came; leave it out`);
    return;
  }
  if (module === undefined || (!isModel && /\.(js|mjs|cjs)$/.test(module))) return;
  throw new OptionError(
    'verify: our own subjects, or the path of a module, were expected with --queue, but something else came; leave --queue out',
  );
}
