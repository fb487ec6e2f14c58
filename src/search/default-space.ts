import { expectOneOf } from '../checks.ts';
import { type Choice, type Dimension, hasValue } from './dimension.ts';
import { type Params, type SpaceJson, spaceOf } from './space.ts';
import { TRAINING_DEFAULTS } from './training-options.ts';

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

/**
 * Trials to begin a study with, as `first`: each scheme of the space that has no names in braces, as the papers are and `none`, with what
 * `keepgate train` has where nothing is said.
 * @throws what {@link spaceOf} throws
 * @example
 * ```ts
 * import { startingPoints } from 'keepgate/search';
 *
 * const space = { scheme: ['none', 'variational(recurrent={r})', 'gal2016()'], r: [0, 0.6], learningRate: { log: [0.001, 0.01] } };
 * console.log(startingPoints(space).map(({ scheme, learningRate }) => `${scheme} ${learningRate}`));
 * // prints: [ 'none 0.003', 'gal2016() 0.003' ]
 * ```
 */
export function startingPoints(space: SpaceJson): Params[] {
  const [schemes, ...others] = spaceOf(space).dimensions;
  const usual = Object.entries(TRAINING_DEFAULTS).filter(([name, value]) =>
    others.some((one) => one.name === name && isSearched(one) && hasValue(one, value)),
  );
  return ((schemes as Choice).choices as readonly string[])
    .filter((scheme) => !scheme.includes('{'))
    .map((scheme) => ({ scheme, ...Object.fromEntries(usual) }));
}

function isSearched(one: Dimension): boolean {
  return one.kind === 'range' || one.choices.length > 1;
}
