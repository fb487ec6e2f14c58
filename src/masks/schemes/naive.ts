import { optionsOf } from '../../checks.ts';
import type { Rate } from '../dropout-rate.ts';
import type { Scheme } from '../scheme.ts';
import { atSites } from './at-sites.ts';

/**
 * Dropout drawn anew at each step on what enters and leaves a layer (Zaremba et al. 2014, arXiv:1409.2329). The
 * recurrent path is untouched. The masks are [B,T,I] and [B,T,H].
 * @throws RateError when no rate is given, or one is not in [0, 1)
 * @throws OptionError for an option that it does not have, or a value that an option cannot have
 * @example
 * ```ts
 * import { key, naive, sample } from 'keepgate';
 *
 * const sizes = { batch: 1, time: 3, inputSize: 2, hiddenSize: 4, gates: 4 };
 * const { masks } = sample(naive({ output: 0.5 }), key(1), sizes);
 * console.log(JSON.stringify(masks.output?.toArray())); // prints: [[[1,1,0,1],[1,0,0,1],[1,0,0,0]]]
 * ```
 */
export function naive(options: { readonly input?: Rate; readonly output?: Rate }): Scheme {
  const { input, output } = optionsOf('naive', options, { input: true, output: true });
  return atSites(
    'naive',
    [
      { option: 'input', site: 'input', rate: input },
      { option: 'output', site: 'output', rate: output },
    ],
    { scope: 'step' },
  );
}
