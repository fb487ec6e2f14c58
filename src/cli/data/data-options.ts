import { type Command, Option } from 'commander';

/** The options that say how texts are read. */
export interface DataOptions {
  readonly text?: string;
  readonly label?: string;
  readonly header: boolean;
  readonly delimiter?: ',' | ';' | 'tab';
  readonly encoding?: string;
  readonly relaxedQuotes: boolean;
}

/** What the argument of a command can be. */
export const DATA =
  'a CSV, TSV or JSON Lines file, - for such on standard input, or a folder with one file a class (a text a line) or one folder a class (a file a text)';

const COLUMN = 'its name, or its position from 1, as #3 where a name is in the way';

export function addDataOptions(command: Command): Command {
  command
    .option('--text <column>', `the column of the texts: ${COLUMN}`)
    .option('--label <column>', `the column of the labels: ${COLUMN}`)
    .addOption(
      new Option('--delimiter <char>', 'between columns; found by itself when left out').choices([',', ';', 'tab']),
    )
    .option('--no-header', 'the first row of the table is an example, not names')
    .option('--relaxed-quotes', 'quotes in the wrong places are parts of the texts, in place of an error', false);
  return addEncodingOption(command);
}

export function addEncodingOption(command: Command): Command {
  return command.option('--encoding <label>', 'of the texts, such as windows-1252 or utf-16le; UTF-8 when left out');
}
