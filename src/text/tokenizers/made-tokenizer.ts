import { expectText } from '../../checks.ts';
import { OptionError, show } from '../../errors.ts';

/** Marks what was made here: what was put together by hand would come back from a file as another. The same in each copy of this package. */
const MADE: unique symbol = Symbol.for('keepgate.tokenizer') as never;

/**
 * A tokenizer of these properties, frozen, whose function checks what it is given.
 * @param properties what it is saved as
 */
export function madeTokenizer<const P extends { readonly level: string }>(
  properties: P,
  cut: (text: string, limit: number) => string[],
): P & { tokenize(text: string, limit?: number): string[] } {
  const tokenize = (text: string, limit: number = Number.POSITIVE_INFINITY): string[] => {
    expectText('tokenize', 'the text', text);
    if (typeof limit !== 'number' || !(limit >= 0)) {
      throw new OptionError(
        `tokenize: a number from 0 was expected as the limit, but ${show(limit)} came; leave it out`,
      );
    }
    return cut(text, limit);
  };
  return Object.freeze(Object.defineProperty({ ...properties, tokenize }, MADE, { value: true }));
}

/** @throws OptionError unless it was made by a function of this package */
export function expectTokenizer(who: string, tokenizer: unknown): void {
  if (Object(tokenizer)[MADE] === true && typeof Object(tokenizer).tokenize === 'function') return;
  throw new OptionError(
    `${who}: a tokenizer was expected, but ${show(tokenizer)} came; make it by wordTokenizer(), ngramTokenizer(), trainBpe() or huggingFaceTokenizer(), which files can name`,
  );
}
