import { expectBoolean, expectText } from '../../checks.ts';
import { kerasTokenizer } from './keras-tokenizer.ts';
import { type Tokenizer, tokenizer, type WordRules } from './tokenizer.ts';

/**
 * The tokenizer that was saved as these properties. Rules had no number at first: words without one are cut by rules 1.
 * @throws OptionError for what no tokenizer has
 */
export function savedTokenizer(saved: {
  readonly level: unknown;
  readonly lowercase: unknown;
  readonly rules: unknown;
  readonly split?: unknown;
  readonly strip?: unknown;
}): Tokenizer {
  const { level, lowercase, split, strip, rules = level === 'word' ? 1 : undefined } = saved;
  expectText('tokenizer', 'level', level);
  expectBoolean('tokenizer', 'lowercase', lowercase);
  if (level === 'keras') {
    return kerasTokenizer({ lowercase, split: split as 'whitespace', strip: strip as boolean });
  }
  return tokenizer(level, rules === undefined ? { lowercase } : { lowercase, rules: rules as WordRules });
}
