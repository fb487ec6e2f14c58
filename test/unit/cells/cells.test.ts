import { type Cell, OptionError } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { type CellName, cellOf } from '../../../src/cells/cells.ts';
import { gru } from '../../../src/cells/gru.ts';
import { gruResetBefore } from '../../../src/cells/gru-reset-before.ts';
import { lstm } from '../../../src/cells/lstm.ts';
import { rnn } from '../../../src/cells/rnn.ts';
import { CELLS } from '../../helpers/cells.ts';
import { expectRefusal } from '../../helpers/refusals.ts';
import { range } from '../../helpers/tensors.ts';

describe('a cell by name', () => {
  test.each([
    ['lstm', undefined, lstm],
    ['gru', undefined, gru],
    ['gru', true, gru],
    ['gru', false, gruResetBefore],
    ['rnn', undefined, rnn],
  ] as const)('%s, resetAfter %s', (name, resetAfter, cell) => {
    expect(cellOf(name, resetAfter)).toBe(cell);
  });

  test('a cell of your own is taken as it is', () => {
    const own = { ...rnn, name: 'mine' };
    expect(cellOf(own)).toBe(own);
  });

  test('an unknown name, or resetAfter without a reset gate, is refused', async () => {
    await expectRefusal(() => cellOf('elman' as CellName), OptionError, 'a cell of lstm, gru, rnn', '"elman" came');
    await expectRefusal(() => cellOf('lstm', true), OptionError, "the cell 'gru' only", '"lstm"');
    await expectRefusal(() => cellOf({ ...rnn, name: 'mine' }, false), OptionError, "the cell 'gru' only", '"mine"');
    await expectRefusal(() => cellOf('gru', 1 as unknown as boolean), OptionError, 'true or false', '1 came');
  });

  test.each([
    ['nothing', null],
    ['no gates', { ...rnn, gates: 0 }],
    ['no products', { ...rnn, products: undefined }],
    ['no sites', { ...rnn, sites: undefined }],
    ['no state', { ...rnn, carries: undefined }],
    ['another part of the state before h', { ...lstm, carries: ['c', 'h'] }],
  ])('a cell of your own with %s is refused', async (_, own) => {
    await expectRefusal(() => cellOf(own as unknown as Cell), OptionError, 'a cell with gates, sites, products');
  });
});

test('what each cell has, by name', () => {
  expect(CELLS.map(({ name, gates, carries, forgetGate }) => ({ name, gates, carries, forgetGate }))).toEqual([
    { name: 'lstm', gates: 4, carries: ['h', 'c'], forgetGate: 1 },
    { name: 'gru', gates: 3, carries: ['h'], forgetGate: undefined },
    { name: 'gru (reset before)', gates: 3, carries: ['h'], forgetGate: undefined },
    { name: 'rnn', gates: 1, carries: ['h'], forgetGate: undefined },
  ]);
  // In the order in which a step meets them.
  const common = ['input', 'recurrent', 'weight', 'update', 'zoneHidden', 'output'];
  expect(CELLS.map(({ sites }) => sites)).toEqual([
    ['input', 'recurrent', 'weight', 'update', 'memory', 'zoneCell', 'zoneHidden', 'output'],
    ...[common, common, common],
  ]);
});

describe.each(CELLS)('$name', ({ gates, products, carries, sites, forgetGate = 0 }) => {
  test('its products cover every gate once, in order', () => {
    const covered = products.flatMap(({ firstGate, gates: count }) => range(firstGate, firstGate + count));
    expect(covered).toEqual(range(0, gates));
  });

  test('it carries h first, has each site once, and a forget gate among its gates', () => {
    expect(carries[0]).toBe('h');
    expect(new Set(sites).size).toBe(sites.length);
    expect(range(0, gates)).toContain(forgetGate);
  });
});
