import type { Driver } from '../../../search/drivers/driver.ts';
import { bullmq } from '../../../search/drivers/bullmq.ts';
import { local } from '../../../search/drivers/local.ts';
import { OptionError } from '../../../errors.ts';
import type { SearchCommandOptions } from './study-of-command.ts';

/**
 * Where the trainings of a command run.
 * @param onNote is told what somebody should know of a queue
 */
export function searchDriver(
  { slots, limit, queue, prefix, store }: SearchCommandOptions,
  onNote: (text: string) => void,
): Driver {
  const told = limit === undefined ? {} : { limit };
  if (queue === undefined) {
    const idle = Object.entries({ prefix, store }).find(([, value]) => value !== undefined);
    if (idle) throw new OptionError(`search: --queue was expected with --${idle[0]}, but none came; leave it out`);
    return local({ ...told, ...(slots === undefined ? {} : { slots }) });
  }
  if (slots !== undefined) {
    throw new OptionError(`search: --slots is for this machine, but --queue came; give --slots to each worker`);
  }
  const where = { ...(prefix === undefined ? {} : { prefix }), ...(store === undefined ? {} : { store }) };
  return bullmq({ connection: queue, ...told, ...where, onNote });
}
