import type { Driver } from '../../../search/drivers/driver.ts';
import { local } from '../../../search/drivers/local.ts';
import type { SearchCommandOptions } from './study-of-command.ts';

/** Where the trainings of a command run. */
export function searchDriver({ slots, limit }: SearchCommandOptions): Driver {
  return local({ ...(slots === undefined ? {} : { slots }), ...(limit === undefined ? {} : { limit }) });
}
