import { readable } from '../checks.ts';
import { OptionError, show } from '../errors.ts';
import type { Cell } from './cell.ts';
import { gru } from './gru.ts';
import { gruResetBefore } from './gru-reset-before.ts';
import { lstm } from './lstm.ts';
import { rnn } from './rnn.ts';

/** The cells of this package by name. */
export type CellName = 'lstm' | 'gru' | 'rnn';

/**
 * A cell by name, or the caller's cell as it is.
 * @param resetAfter for the GRU: the reset gate after the product (the default, as in PyTorch) or before it
 * @throws OptionError for an unknown name, or for `resetAfter` on a cell that has no reset gate
 */
export function cellOf(cell: CellName | Cell, resetAfter?: boolean): Cell {
  if (resetAfter !== undefined && cell !== 'gru') {
    throw new OptionError(
      `recurrent: resetAfter was expected with the cell 'gru' only, but it came with ${show(cell)}`,
    );
  }
  if (resetAfter !== undefined && typeof resetAfter !== 'boolean') {
    throw new OptionError(`recurrent: true or false was expected as resetAfter, but ${show(resetAfter)} came`);
  }
  if (typeof cell === 'object') return expectCell(cell);
  if (cell === 'lstm') return lstm;
  if (cell === 'gru') return resetAfter === false ? gruResetBefore : gru;
  if (cell === 'rnn') return rnn;
  throw new OptionError(`recurrent: a cell of lstm, gru, rnn or your own was expected, but ${show(cell)} came`);
}

/** @throws OptionError unless it has all that a loop over time asks of a cell */
function expectCell(cell: Cell): Cell {
  if (!readable('recurrent', () => isCell(cell))) {
    throw new OptionError(
      `recurrent: a cell with name, gates, sites, products, forward(), backward(), and 'h' first in carries was expected, but ${show(cell)} came; see Cell`,
    );
  }
  expectGates(cell);
  expectProducts(cell);
  return cell;
}

function isCell(cell: Cell): boolean {
  const { name, gates, products, carries, sites, forward, backward } = Object(cell) as Cell;
  const areTexts = (list: readonly unknown[]): boolean =>
    Array.isArray(list) && Array.from(list).every((text) => typeof text === 'string');
  return (
    typeof name === 'string' &&
    gates !== undefined &&
    Array.isArray(products) &&
    areTexts(carries) &&
    carries[0] === 'h' &&
    areTexts(sites) &&
    typeof forward === 'function' &&
    typeof backward === 'function'
  );
}

/** @throws OptionError unless the gates are names */
function expectGates({ gates, forgetGate }: Cell): void {
  const named = Array.isArray(gates) && gates.length > 0 && gates.every((gate) => typeof gate === 'string');
  if (!named || new Set(gates).size < gates.length) {
    throw new OptionError(
      `recurrent: a list of different names such as ['r', 'z', 'n'] was expected as the gates of a cell, but ${show(gates)} came; name them in the order of their rows`,
    );
  }
  if (forgetGate !== undefined && !gates.includes(forgetGate)) {
    throw new OptionError(
      `recurrent: one of the gates ${gates.join(', ')} was expected as forgetGate, but ${show(forgetGate)} came`,
    );
  }
}

/** @throws OptionError unless the products have each gate once, in order */
function expectProducts({ gates, products }: Cell): void {
  const found = products.flatMap((product) => product?.gates as readonly unknown[]);
  if (found.length !== gates.length || found.some((gate, n) => gate !== gates[n])) {
    throw new OptionError(
      `recurrent: products whose gates are together ${show(gates)}, in this order, were expected, but ${show(found)} came`,
    );
  }
}
