import { findV8, type V8 } from '#platform/v8/flags.js';
import { EngineError, show } from '../../errors.ts';

/** Whether products take 256 bit at a time: wherever it can be had, never, or where V8's version was tried ('auto'). */
export type WideOption = boolean | 'auto';

/**
 * What was asked for: the option, unless the environment says otherwise. KEEPGATE_WIDE=0 is never, and 1 is always where the option is
 * left out or 'auto'.
 * @throws EngineError for another value of either
 */
export function wideAsked(option: unknown, v8: Pick<V8, 'asked'> | null = findV8()): WideOption {
  const asked = v8?.asked;
  if (option !== undefined && option !== 'auto' && typeof option !== 'boolean')
    throw new EngineError(
      `simd: true, false or 'auto' was expected for wide, but ${show(option)} came; leave it out for false`,
    );
  if (asked !== undefined && asked !== '' && asked !== '0' && asked !== '1')
    throw new EngineError(
      `simd: 0 or 1 was expected in the environment variable KEEPGATE_WIDE, but ${show(asked)} came`,
    );
  if (asked === '0') return false;
  return asked === '1' && option !== false ? true : (option ?? false);
}
