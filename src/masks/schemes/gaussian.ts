import { optionsOf } from '../../checks.ts';
import type { Rate } from '../dropout-rate.ts';
import type { Scheme } from '../scheme.ts';
import type { Scope } from '../sites.ts';
import { atSites } from './at-sites.ts';

/**
 * Gaussian dropout: numbers of mean 1 and variance p / (1 - p) in place of bits, which is the Bernoulli's variance
 * (Srivastava et al. 2014; Kingma et al. 2015, arXiv:1506.02557).
 * @param options.scope one mask for all timesteps ('sequence', the default), or a new one at each
 * @param options.tied one mask for all gates (default true); false is for input and recurrent
 * @throws RateError when no rate is given, or one is not in [0, 1)
 * @throws OptionError for an option that it does not have, or a value that an option cannot have
 * @throws SiteError when tied is false and output has a rate: it is no gate's
 * @example
 * ```ts
 * import { gaussian, key, sample } from 'keepgate';
 *
 * const sizes = { batch: 1, time: 3, inputSize: 2, hiddenSize: 4, gates: 4 };
 * const { masks } = sample(gaussian({ recurrent: 0.5 }), key(1), sizes);
 * console.log(masks.recurrent?.values instanceof Float32Array, masks.recurrent?.scale); // prints: true 1
 * console.log(masks.recurrent?.sizes); // prints: { gate: 1, time: 1, row: 1, unit: 4 }
 * ```
 */
export function gaussian(options: {
  readonly input?: Rate;
  readonly recurrent?: Rate;
  readonly output?: Rate;
  readonly scope?: Scope;
  readonly tied?: boolean;
}): Scheme {
  const {
    input,
    recurrent,
    output,
    scope = 'sequence',
    tied = true,
  } = optionsOf('gaussian', options, { input: true, recurrent: true, output: true, scope: true, tied: true });
  return atSites(
    'gaussian',
    [
      { option: 'input', site: 'input', rate: input },
      { option: 'recurrent', site: 'recurrent', rate: recurrent },
      { option: 'output', site: 'output', rate: output },
    ],
    { scope, tied, distribution: 'gaussian' },
  );
}
