import { expectText } from '../../checks.ts';
import { OptionError, show } from '../../errors.ts';

/** The function of a tokenizer, with what it is given checked. @throws OptionError for what is no text, or no limit */
export function checkedTokenize(
  cut: (text: string, limit: number) => string[],
): (text: string, limit?: number) => string[] {
  return (text, limit = Number.POSITIVE_INFINITY) => {
    expectText('tokenize', 'the text', text);
    if (typeof limit !== 'number' || !(limit >= 0)) {
      throw new OptionError(
        `tokenize: a number from 0 was expected as the limit, but ${show(limit)} came; leave it out`,
      );
    }
    return cut(text, limit);
  };
}
