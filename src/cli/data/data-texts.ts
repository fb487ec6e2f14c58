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
  { text, label, header, delimiter, encoding, relaxedQuotes }: DataOptions,
  onNote: (note: string) => void,
): AsyncIterable<LabelledTexts> {
  const options: LabelledOptions = {
    text,
    label,
    header,
    delimiter: delimiter === 'tab' ? '\t' : delimiter,
    encoding,
    relaxedQuotes,
    onNote,
  };
  return labelledTexts(path === '-' ? standardInput(command) : path, options);
}
