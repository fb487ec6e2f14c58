/**
 * The schemes of papers, each with the paper's own places, scopes, scaling and rates, for one recurrent layer. Any rate can
 * be given in place of the paper's; where none is known to us it must be. What a paper does to the embedding is a scheme of
 * that layer.
 * @module
 */
import { optionsOf } from '../../checks.ts';
import type { Rate } from '../dropout-rate.ts';
import type { Scheme } from '../scheme.ts';
import type { Scope } from '../sites.ts';
import { lockedDropout } from './locked-dropout.ts';
import { naive } from './naive.ts';
import { recurrentDropout } from './recurrent-dropout.ts';
import { rnnDrop } from './rnn-drop.ts';
import { variational } from './variational.ts';
import { weightDrop } from './weight-drop.ts';
import { zoneout } from './zoneout.ts';

/**
 * Zaremba, Sutskever and Vinyals 2014 (arXiv:1409.2329), the large model: drawn at each step on what enters the layer,
 * and on what the last layer hands on. For a layer below the last one take `naive({ input })`.
 * @throws RateError when a rate is not in [0, 1)
 * @throws OptionError for an option that it does not have, or a value that an option cannot have
 * @example
 * ```ts
 * import { papers } from 'keepgate';
 *
 * const scheme = papers.zaremba2014();
 * console.log(scheme.map(({ site, rate, scope }) => `${site} ${rate} ${scope}`));
 * // prints: [ 'input 0.65 step', 'output 0.65 step' ]
 * ```
 */
export function zaremba2014(options: { readonly input?: Rate; readonly output?: Rate } = {}): Scheme {
  const { input = 0.65, output = 0.65 } = optionsOf('zaremba2014', options, { input: true, output: true });
  return naive({ input, output });
}

/**
 * Moon et al. 2015 (rnnDrop): the carried memory under one mask, with literal scaling. The rate must be given.
 * @throws RateError when the rate is left out or is not in [0, 1)
 * @throws OptionError for an option that it does not have, or a value that an option cannot have
 * @example
 * ```ts
 * import { papers } from 'keepgate';
 *
 * const scheme = papers.moon2015({ memory: 0.25 });
 * console.log(scheme.map(({ site, rate, scaling }) => `${site} ${rate} ${scaling}`));
 * // prints: [ 'memory 0.25 literal' ]
 * ```
 */
export function moon2015(options: { readonly memory: Rate }): Scheme {
  const { memory } = optionsOf('moon2015', options, { memory: true });
  return rnnDrop({ memory, scaling: 'literal' });
}

/**
 * Gal and Ghahramani 2016 (arXiv:1512.05287), the large language model: one mask per gate for all steps on x and h, and
 * one for all steps on the last layer's output. Its embedding has `wordTypeDropout({ rate: 0.3 })`.
 * @throws RateError when a rate is not in [0, 1)
 * @throws OptionError for an option that it does not have, or a value that an option cannot have
 * @example
 * ```ts
 * import { papers } from 'keepgate';
 *
 * const scheme = papers.gal2016();
 * console.log(scheme.map(({ site, rate, tied }) => `${site} ${rate} ${tied}`));
 * // prints: [ 'input 0.5 false', 'recurrent 0.3 false', 'output 0.5 true' ]
 * ```
 */
export function gal2016(
  options: { readonly input?: Rate; readonly recurrent?: Rate; readonly output?: Rate } = {},
): Scheme {
  const {
    input = 0.5,
    recurrent = 0.3,
    output = 0.5,
  } = optionsOf('gal2016', options, { input: true, recurrent: true, output: true });
  return [...variational({ input, recurrent, tied: false }), ...lockedDropout({ output })];
}

/**
 * Semeniuta, Severyn and Barth 2016 (arXiv:1603.05118): the update of the memory, scaled literally as in the authors'
 * code.
 * @param options.scope 'sequence' (the default) is their language model; their Temporal Order task has 'step'
 * @throws RateError when a rate is not in [0, 1)
 * @throws OptionError for an option that it does not have, or a value that an option cannot have
 * @example
 * ```ts
 * import { papers } from 'keepgate';
 *
 * const scheme = papers.semeniuta2016();
 * console.log(scheme.map(({ site, rate, scaling }) => `${site} ${rate} ${scaling}`));
 * // prints: [ 'update 0.5 literal' ]
 * ```
 */
export function semeniuta2016(options: { readonly update?: Rate; readonly scope?: Scope } = {}): Scheme {
  const { update = 0.5, scope = 'sequence' } = optionsOf('semeniuta2016', options, { update: true, scope: true });
  return recurrentDropout({ update, scope, scaling: 'literal' });
}

/**
 * Krueger et al. 2017 (arXiv:1606.01305), characters of the Penn Treebank: zones drawn at each step, apart for c and h.
 * For an LSTM: other cells have h alone, `zoneout({ hidden, scope: 'step' })`.
 * @throws RateError when a rate is not in [0, 1)
 * @throws OptionError for an option that it does not have, or a value that an option cannot have
 * @example
 * ```ts
 * import { papers } from 'keepgate';
 *
 * const scheme = papers.krueger2017();
 * console.log(scheme.map(({ site, rate, scope }) => `${site} ${rate} ${scope}`));
 * // prints: [ 'zoneHidden 0.05 step', 'zoneCell 0.5 step' ]
 * ```
 */
export function krueger2017(options: { readonly hidden?: Rate; readonly cell?: Rate } = {}): Scheme {
  const { hidden = 0.05, cell = 0.5 } = optionsOf('krueger2017', options, { hidden: true, cell: true });
  return zoneout({ hidden, cell, scope: 'step' });
}

/**
 * Merity, Keskar and Socher 2017 (AWD-LSTM, arXiv:1708.02182), the defaults of the authors' code: dropped recurrent
 * weights, and masks for all steps on what enters the first layer and leaves the last. Between layers they have 0.3;
 * their embedding has `embeddingRowDropout({ rate: 0.1 })`.
 * @throws RateError when a rate is not in [0, 1)
 * @throws OptionError for an option that it does not have, or a value that an option cannot have
 * @example
 * ```ts
 * import { papers } from 'keepgate';
 *
 * const scheme = papers.merity2017();
 * console.log(scheme.map(({ site, rate }) => `${site} ${rate}`));
 * // prints: [ 'weight 0.5', 'input 0.65', 'output 0.4' ]
 * ```
 */
export function merity2017(
  options: { readonly recurrent?: Rate; readonly input?: Rate; readonly output?: Rate } = {},
): Scheme {
  const {
    recurrent = 0.5,
    input = 0.65,
    output = 0.4,
  } = optionsOf('merity2017', options, { recurrent: true, input: true, output: true });
  return [...weightDrop({ recurrent }), ...variational({ input }), ...lockedDropout({ output })];
}
