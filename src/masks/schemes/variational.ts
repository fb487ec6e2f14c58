import { optionsOf } from '../../checks.ts';
import type { Rate } from '../dropout-rate.ts';
import type { Scheme } from '../scheme.ts';
import { atSites } from './at-sites.ts';

/**
 * One mask for all timesteps on x and on h before the gates' products (Gal and Ghahramani 2016, arXiv:1512.05287). The
 * masks are [B,I] and [B,H]; untied [G,B,I] and [G,B,H].
 * @param options.tied one mask for all gates (default true); false draws one per gate, the paper's better and slower variant
 * @throws RateError when no rate is given, or one is not in [0, 1)
 * @throws OptionError for an option that it does not have, or a value that an option cannot have
 * @example
 * ```ts
 * import { key, sample, variational } from 'keepgate';
 *
 * const sizes = { batch: 1, time: 3, inputSize: 2, hiddenSize: 4, gates: 4 };
 * const { masks } = sample(variational({ input: 0.25, recurrent: 0.25 }), key(1), sizes);
 * console.log(masks.input?.toArray(), masks.recurrent?.toArray()); // prints: [ [ 1, 0 ] ] [ [ 0, 1, 1, 0 ] ]
 * const untied = sample(variational({ recurrent: 0.25, tied: false }), key(1), sizes);
 * console.log(JSON.stringify(untied.masks.recurrent?.toArray()));
 * // prints: [[[0,1,1,0]],[[0,1,0,1]],[[1,0,1,1]],[[1,1,1,1]]]
 * ```
 */
export function variational(options: {
  readonly input?: Rate;
  readonly recurrent?: Rate;
  readonly tied?: boolean;
}): Scheme {
  const {
    input,
    recurrent,
    tied = true,
  } = optionsOf('variational', options, { input: true, recurrent: true, tied: true });
  return atSites(
    'variational',
    [
      { option: 'input', site: 'input', rate: input },
      { option: 'recurrent', site: 'recurrent', rate: recurrent },
    ],
    { tied },
  );
}
