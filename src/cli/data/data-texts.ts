import type { LabelledTexts } from '../../text/labelled.ts';
import { type LabelledOptions, labelledTexts } from '../../text/readers/read-labelled.ts';
import type { DATA, DataOptions } from './data-options.ts';
import { standardInput } from './standard-input.ts';

/**
 * The labelled texts of a command, part by part.
 * @param path what {@link DATA} says
 * @param onNote is told what is left aside
 */
export function dataTexts(
  command: string,
  path: string,
  options: DataOptions,
  onNote: (note: string) => void,
): AsyncIterable<LabelledTexts> {
  return labelledTexts(path === '-' ? standardInput(command) : path, { ...readingOf(options), onNote });
}

/** How a command has texts read. */
export function readingOf({ text, label, header, delimiter, encoding, relaxedQuotes }: DataOptions): LabelledOptions {
  return { text, label, header, delimiter: delimiter === 'tab' ? '\t' : delimiter, encoding, relaxedQuotes };
}
