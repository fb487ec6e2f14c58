import { expectOneOf } from '../checks.ts';
import type { SpaceJson } from './space.ts';

/** The most that a site is searched up to: beyond it next to nothing is learned in the epochs of a search. */
const MOST = 0.6;

/**
 * A space for texts: every family of schemes with rates from 0, the settings of the papers as they are, and the learning rate.
 * @param cell those that it lacks a place for are left out
 * @throws OptionError for another cell
 * @example
 * ```ts
 * import { defaultSpace, spaceOf } from 'keepgate/search';
 *
 * console.log(spaceOf(defaultSpace('gru')).dimensions.map(({ name }) => name).join(' '));
 * // prints: scheme cell e i learningRate o r u w z
 * ```
 */
export function defaultSpace(cell: 'lstm' | 'gru' | 'rnn' = 'lstm'): SpaceJson {
  expectOneOf('defaultSpace', 'cell', cell, ['lstm', 'gru', 'rnn']);
  const isLstm = cell === 'lstm';
  const scheme = [
    'none',
    'naive(input={i},output={o})',
    'variational(input={i},recurrent={r})',
    'variational(input={i},recurrent={r})+wordTypeDropout(rate={e})',
    'variational(input={i})+recurrentDropout(update={u})',
    'variational(input={i})+weightDrop(recurrent={w})+lockedDropout(output={o})+embeddingRowDropout(rate={e})',
    ...(isLstm
      ? ['naive(input={i})+zoneout(hidden={z},cell={c},scope=step)']
      : ['naive(input={i})+zoneout(hidden={z},scope=step)']),
    'zaremba2014()',
    'gal2016()',
    'semeniuta2016()',
    'merity2017()',
    ...(isLstm ? ['krueger2017()'] : []),
  ];
  return {
    scheme,
    cell,
    i: [0, MOST],
    r: [0, MOST],
    u: [0, MOST],
    w: [0, MOST],
    o: [0, MOST],
    e: [0, 0.3],
    z: [0, 0.3],
    ...(isLstm ? { c: [0, MOST] } : {}),
    learningRate: { log: [0.0005, 0.02] },
  };
}
