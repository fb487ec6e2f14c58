import { type Cell, type Scheme, variational, zoneout } from 'keepgate';
import type { Subject } from '../../src/verify/subject.ts';
import { CELLS } from '../helpers/cells.ts';
import { RATES, schemesFor } from '../helpers/schemes.ts';
import { BothWays } from './both-ways.ts';
import { HonestLayer } from './honest.ts';
import { type DrawOrder, OneStream } from './one-stream.ts';

interface Honest {
  readonly name: string;
  readonly subject: () => Subject;
}

const ORDERS: readonly DrawOrder[] = [
  'all samples of a step, then the next step',
  'all steps of a sample, then the next sample',
  'all of a gate, then the next gate',
  'valid steps alone',
];

/** What is drawn from one generator: steps of one site, of several, and one mask for all steps before those. */
const STREAMED: readonly (Pick<Subject, 'cell'> & { readonly scheme: Scheme })[] = [
  { cell: 'gru', scheme: zoneout({ hidden: 0.3, scope: 'step' }) },
  { cell: 'lstm', scheme: zoneout({ hidden: 0.3, cell: 0.4, scope: 'step' }) },
  {
    cell: 'lstm',
    scheme: [...variational({ input: 0.2, recurrent: 0.35 }), { site: 'output', rate: 0.3, scope: 'step' }],
  },
  {
    cell: 'gru',
    scheme: [
      { site: 'input', rate: 0.2, scope: 'step', tied: false },
      { site: 'recurrent', rate: 0.35, scope: 'step', tied: false },
    ],
  },
];

const streamed: readonly Honest[] = STREAMED.flatMap(({ cell, scheme }) =>
  ORDERS.map((order) => ({
    name: `${cell}, ${scheme.map(({ site }) => site).join(' and ')} from one generator: ${order}`,
    subject: () => new OneStream({ cell, claims: scheme, order }),
  })),
);

/**
 * An honest layer of each cell with each scheme that fits it, one of each cell with two directions, and some that draw
 * from one generator for each call.
 */
export const HONEST: readonly Honest[] = [
  ...CELLS.flatMap((cell) => [
    ...schemesFor(cell).map((row) => ({
      name: `${cell.name}, ${row.name}`,
      subject: () => new HonestLayer({ ...optionsOf(cell), claims: row.build(RATES) }),
    })),
    {
      name: `${cell.name}, both ways`,
      subject: () => new BothWays({ ...optionsOf(cell), claims: variational({ input: 0.2, recurrent: 0.35 }) }),
    },
  ]),
  ...streamed,
];

/** What a subject says of the cell that it follows. */
export function optionsOf({ name }: Cell): Pick<Subject, 'cell' | 'resetAfter'> {
  return name === 'gru (reset before)' ? { cell: 'gru', resetAfter: false } : { cell: name as Subject['cell'] };
}
