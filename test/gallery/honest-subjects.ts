import { type Cell, variational } from 'keepgate';
import type { Subject } from '../../src/verify/subject.ts';
import { CELLS } from '../helpers/cells.ts';
import { RATES, schemesFor } from '../helpers/schemes.ts';
import { BothWays } from './both-ways.ts';
import { HonestLayer } from './honest.ts';

/** An honest layer of each cell with each scheme that fits it, and one of each cell with two directions. */
export const HONEST: readonly { readonly name: string; readonly subject: () => Subject }[] = CELLS.flatMap((cell) => [
  ...schemesFor(cell).map((row) => ({
    name: `${cell.name}, ${row.name}`,
    subject: () => new HonestLayer({ ...optionsOf(cell), claims: row.build(RATES) }),
  })),
  {
    name: `${cell.name}, both ways`,
    subject: () => new BothWays({ ...optionsOf(cell), claims: variational({ input: 0.2, recurrent: 0.35 }) }),
  },
]);

/** What a subject says of the cell that it follows. */
export function optionsOf({ name }: Cell): Pick<Subject, 'cell' | 'resetAfter'> {
  return name === 'gru (reset before)' ? { cell: 'gru', resetAfter: false } : { cell: name as Subject['cell'] };
}
