import { type Cell, OptionError } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { type CellName, cellOf } from '../../../src/cells/cells.ts';
import { gru } from '../../../src/cells/gru.ts';
import { gruResetBefore } from '../../../src/cells/gru-reset-before.ts';
import { lstm } from '../../../src/cells/lstm.ts';
import { firstGateOf } from '../../../src/cells/recurrent-product.ts';
import { rnn } from '../../../src/cells/rnn.ts';
import { CELLS, VARIANTS } from '../../helpers/cells.ts';
import { expectRefusal } from '../../helpers/refusals.ts';

describe('a cell by name', () => {
  test.each([
    ['lstm', undefined, lstm],
    ['gru', undefined, gru],
    ['gru', true, gru],
    ['gru', false, gruResetBefore],
    ['rnn', undefined, rnn],
  ] as const)('%s, resetAfter %s', (name, resetAfter, cell) => {
    expect(cellOf(name, { resetAfter })).toBe(cell);
  });

  test('a cell of your own is taken as it is', () => {
    const own = { ...rnn, name: 'mine' };
    expect(cellOf(own)).toBe(own);
  });

  test('an unknown name, or resetAfter without a reset gate, is refused', async () => {
    await expectRefusal(() => cellOf('elman' as CellName), OptionError, 'a cell of lstm, gru, rnn', '"elman" came');
    await expectRefusal(() => cellOf('lstm', { resetAfter: true }), OptionError, "the cell 'gru' only", '"lstm"');
    await expectRefusal(
      () => cellOf({ ...rnn, name: 'mine' }, { resetAfter: false }),
      OptionError,
      "the cell 'gru' only",
      '"mine"',
    );
    await expectRefusal(
      () => cellOf('gru', { resetAfter: 1 as unknown as boolean }),
      OptionError,
      'true or false',
      '1 came',
    );
  });

  test.each([
    ['nothing', null],
    ['no gates', { ...rnn, gates: undefined }],
    ['no products', { ...rnn, products: undefined }],
    ['no sites', { ...rnn, sites: undefined }],
    ['no state', { ...rnn, carries: undefined }],
    ['another part of the state before h', { ...lstm, carries: ['c', 'h'] }],
  ])('a cell of your own with %s is refused', async (_, own) => {
    await expectRefusal(() => cellOf(own as unknown as Cell), OptionError, 'a cell with name, gates, sites, products');
  });

  const wrongGates: readonly [string, object, string, string][] = [
    ['a number of gates', { gates: 4 }, "names such as ['r', 'z', 'n']", '4 came'],
    ['an empty list of gates', { gates: [] }, "names such as ['r', 'z', 'n']", '[] came'],
    ['gates that have numbers', { gates: [0, 1] }, "names such as ['r', 'z', 'n']", '[0, 1] came'],
    ['two gates of one name', { gates: ['n', 'n'] }, 'different names', '["n", "n"] came'],
    ['the number of a forget gate', { forgetGate: 0 }, 'one of the gates n', '0 came'],
    ['products by number', { products: [{ firstGate: 0, gates: 1, masked: true }] }, 'together ["n"]', '[1] came'],
    ['a gate without a product', { gates: ['z', 'n'] }, 'together ["z", "n"]', '["n"] came'],
    ['an empty product', { products: [undefined] }, 'together ["n"]', '[undefined] came'],
  ];
  test.each(wrongGates)('a cell of your own with %s is refused', async (_, parts, wanted, came) => {
    await expectRefusal(() => cellOf({ ...rnn, ...parts } as unknown as Cell), OptionError, wanted, came);
  });

  test('products in another order than the gates are refused', async () => {
    const products = [...gruResetBefore.products].reverse();
    await expectRefusal(
      () => cellOf({ ...gruResetBefore, products }),
      OptionError,
      'in this order',
      '["n", "r", "z"] came',
    );
  });
});

test('what each cell has, by name', () => {
  expect(CELLS.map(({ name, gates, carries, forgetGate }) => ({ name, gates, carries, forgetGate }))).toEqual([
    { name: 'lstm', gates: ['i', 'f', 'g', 'o'], carries: ['h', 'c'], forgetGate: 'f' },
    { name: 'gru', gates: ['r', 'z', 'n'], carries: ['h'], forgetGate: undefined },
    { name: 'gru (reset before)', gates: ['r', 'z', 'n'], carries: ['h'], forgetGate: undefined },
    { name: 'rnn', gates: ['n'], carries: ['h'], forgetGate: undefined },
  ]);
  // In the order in which a step meets them.
  const common = ['input', 'recurrent', 'weight', 'update', 'zoneHidden', 'output'];
  expect(CELLS.map(({ sites }) => sites)).toEqual([
    ['input', 'recurrent', 'weight', 'update', 'memory', 'zoneCell', 'zoneHidden', 'output'],
    common,
    common,
    common,
  ]);
});

describe.each([...CELLS, ...VARIANTS])('$name', ({ gates, products, carries, sites, forgetGate }) => {
  test('its products cover every gate once, in order', () => {
    const covered = products.flatMap((product, k) =>
      product.gates.map((gate, n) => [gate, firstGateOf({ products }, k) + n]),
    );
    expect(covered).toEqual(gates.map((gate, n) => [gate, n]));
  });

  test('it carries h first, has each site once, and a forget gate among its gates', () => {
    expect(carries[0]).toBe('h');
    expect(new Set(sites).size).toBe(sites.length);
    if (forgetGate !== undefined) expect(gates).toContain(forgetGate);
  });
});
