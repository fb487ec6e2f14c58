import { expectOneOf, isPlain, readable } from '../checks.ts';
import { OptionError, show } from '../errors.ts';
import { ACTIVATIONS, type ElementwiseActivation, USUAL } from './activations.ts';
import type { Cell, CellVector } from './cell.ts';
import { gruWith, layerNormGruWith } from './gru.ts';
import { gruResetBeforeWith, layerNormGruResetBeforeWith } from './gru-reset-before.ts';
import { lstmWith } from './lstm.ts';
import { layerNormLstmWith } from './normalised/layer-norm-lstm.ts';
import { rnnWith } from './rnn.ts';

/** The cells of this package by name. */
export type CellName = 'lstm' | 'gru' | 'rnn';

/** How a cell normalises what its products give: 'layer' as Ba et al. 2016, arXiv:1607.06450, do. */
export type Normalization = 'layer';

/** What may be said of a cell of this package; of one of a user's own nothing. */
export interface CellOptions {
  /** Of the GRU: the reset gate after the product (the default, as in PyTorch) or before it. */
  readonly resetAfter?: boolean | undefined;
  /** See `CellActivations`; the usual ones when left out. */
  readonly activation?: ElementwiseActivation | undefined;
  readonly recurrentActivation?: ElementwiseActivation | undefined;
  /** Of an LSTM or a GRU; none when left out. */
  readonly normalization?: Normalization | undefined;
}

/** The same as JSON: what is left out is no key. */
export type CellConfig = { readonly [O in keyof CellOptions]?: Exclude<CellOptions[O], undefined> };

/** What a config keeps of the options of a cell: activations only where they are not the usual ones. */
export function cellConfigOf(options: CellOptions): CellConfig {
  const {
    resetAfter,
    activation = USUAL.activation,
    recurrentActivation = USUAL.recurrentActivation,
    normalization,
  } = options;
  return {
    ...(resetAfter === undefined ? {} : { resetAfter }),
    ...(activation === USUAL.activation ? {} : { activation }),
    ...(recurrentActivation === USUAL.recurrentActivation ? {} : { recurrentActivation }),
    ...(normalization === undefined ? {} : { normalization }),
  };
}

/**
 * A cell by name, or the caller's cell as it is.
 * @throws OptionError for an unknown name or activation, or for what such a cell does not have
 */
export function cellOf(cell: CellName | Cell, options: CellOptions = {}): Cell {
  const {
    resetAfter,
    activation = USUAL.activation,
    recurrentActivation = USUAL.recurrentActivation,
    normalization,
  } = options;
  if (resetAfter !== undefined && cell !== 'gru') {
    throw new OptionError(
      `recurrent: resetAfter was expected with the cell 'gru' only, but it came with ${show(cell)}`,
    );
  }
  if (resetAfter !== undefined && typeof resetAfter !== 'boolean') {
    throw new OptionError(`recurrent: true or false was expected as resetAfter, but ${show(resetAfter)} came`);
  }
  expectOfCells(cell, options);
  if (typeof cell === 'object') return expectCell(cell);
  const activations = { activation, recurrentActivation };
  const isNormalised = normalization !== undefined;
  if (cell === 'lstm') return (isNormalised ? layerNormLstmWith : lstmWith)(activations);
  if (cell === 'gru' && resetAfter === false) {
    return (isNormalised ? layerNormGruResetBeforeWith : gruResetBeforeWith)(activations);
  }
  if (cell === 'gru') return (isNormalised ? layerNormGruWith : gruWith)(activations);
  if (cell === 'rnn') return rnnWith(activations);
  throw new OptionError(`recurrent: a cell of lstm, gru, rnn or your own was expected, but ${show(cell)} came`);
}

/** @throws OptionError for an unknown activation or normalization, or one that the cell does not have */
function expectOfCells(cell: CellName | Cell, { activation, recurrentActivation, normalization }: CellOptions): void {
  const activations = Object.keys(ACTIVATIONS);
  for (const [option, value, cells, allowed] of [
    ['activation', activation, ['lstm', 'gru', 'rnn'], activations],
    ['recurrentActivation', recurrentActivation, ['lstm', 'gru'], activations],
    ['normalization', normalization, ['lstm', 'gru'], ['layer']],
  ] as const) {
    if (value === undefined) continue;
    if (!(cells as readonly unknown[]).includes(cell)) {
      throw new OptionError(
        `recurrent: ${option} was expected with a cell of ${cells.join(', ')} only, but it came with ${show(cell)}`,
      );
    }
    expectOneOf('recurrent', option, value, allowed);
  }
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
  expectVectors(cell);
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

/** @throws OptionError unless vectors, if there are some, are described, and there is a gain where the input is normalised */
function expectVectors({ vectors = {}, inputRows }: Cell): void {
  const isVector = (vector: CellVector): boolean => {
    const { per, starts, isBias } = Object(vector) as CellVector;
    return (per === 'gate' || per === 'unit') && Number.isFinite(starts) && typeof isBias === 'boolean';
  };
  const fine = readable('recurrent', () => isPlain(vectors) && Object.values(vectors).every(isVector));
  if (!fine) {
    throw new OptionError(
      `recurrent: vectors such as { peephole: { per: 'unit', starts: 0, isBias: false } } were expected of a cell, but ${show(vectors)} came; see CellVector`,
    );
  }
  if (inputRows !== undefined && !Object.hasOwn(vectors, 'gain_ih')) {
    throw new OptionError(
      `recurrent: a vector gain_ih was expected of a cell with inputRows, but ${show(Object.keys(vectors))} came`,
    );
  }
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
