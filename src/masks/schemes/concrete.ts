import { optionsOf } from '../../checks.ts';
import type { Concrete } from '../distribution.ts';
import type { Scheme } from '../scheme.ts';
import { atSites } from './at-sites.ts';

/**
 * Concrete dropout: bits that are relaxed, so that models learn the rates (Gal, Hron and Kendall 2017,
 * arXiv:1705.07832). The rates are those that learning starts from; a plan is drawn at the rate that it is given.
 * @param options.temperature how far entries are from 0 and 1
 * @param options.weightRegularizer the cost of the weights behind a site: this times the sum of their squares over 1 - p
 * @param options.dropoutRegularizer the cost of the rate's negative entropy, for each unit
 * @throws RateError when no rate is given, or one is not in (0, 1)
 * @throws OptionError for an option that it does not have, or a value that an option cannot have
 * @example
 * ```ts
 * import { concrete, key, lstm, sequential } from 'keepgate';
 *
 * const model = sequential([lstm({ units: 4, dropout: concrete({ recurrent: 0.1 }) })]);
 * await model.build({ kind: 'sequence', size: 2 }, key(1));
 * console.log(Object.keys(await model.getWeights()).filter((name) => name.includes('rate')));
 * // prints: [ '0.recurrent_rate_logit_l0' ]
 * await model.dispose();
 * ```
 */
export function concrete(
  options: {
    readonly input?: number;
    readonly recurrent?: number;
    readonly output?: number;
  } & Partial<Omit<Concrete, 'name'>>,
): Scheme {
  const {
    input,
    recurrent,
    output,
    temperature = 0.1,
    weightRegularizer = 1e-6,
    dropoutRegularizer = 1e-5,
  } = optionsOf('concrete', options, {
    input: true,
    recurrent: true,
    output: true,
    temperature: true,
    weightRegularizer: true,
    dropoutRegularizer: true,
  });
  return atSites(
    'concrete',
    [
      { option: 'input', site: 'input', rate: input },
      { option: 'recurrent', site: 'recurrent', rate: recurrent },
      { option: 'output', site: 'output', rate: output },
    ],
    { distribution: { name: 'concrete', temperature, weightRegularizer, dropoutRegularizer } },
  );
}
