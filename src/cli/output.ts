import { formatTable } from '../report/table.ts';

/** Ends a command with status 1 after it has said why by itself. */
export class CheckFailed extends Error {}

/** Where a command prints: lines for people, or with `--json` one object a line. No terminal gets a control character. */
export interface Output {
  /** A line for people, or several. */
  line(text: string): void;
  /** A line of columns with tabs between. What is in a column is escaped, so that it stays one. */
  columns(cells: readonly string[]): void;
  /** Rows whose columns stand below each other, the first the header; escaped as above. */
  table(rows: readonly (readonly string[])[]): void;
  /** An object for programs. */
  record(value: Readonly<Record<string, unknown>>): void;
  /** Something that may not be wanted; on standard error. */
  warn(text: string): void;
}

export function output(json: boolean): Output {
  // The one of now: while a module of the user runs, its `console.log` is another.
  const { log } = console;
  const line = (text: string): void => {
    if (!json) log(text.split('\n').map(harmless).join('\n'));
  };
  return {
    line,
    columns: (cells) => {
      if (!json) log(cells.map(escaped).join('\t'));
    },
    table: (rows) => line(formatTable(rows.map((row) => row.map(escaped)))),
    record: (value) => {
      if (json) log(JSON.stringify(value).replaceAll(BEYOND_JSON, (character) => unicodeEscape(character)));
    },
    warn: (text) => console.error(`warning: ${harmless(text)}`),
  };
}

/** Control characters that JSON leaves as they are, and what some readers take for the end of a line. */
const BEYOND_JSON = /[\u007f-\u009f\u2028\u2029]/g;
const CONTROL = /[\p{Cc}\u2028\u2029]/gu;
const SHORT: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\\': '\\\\' };

/** A text as one column of one line: a tab as `\t`, other control characters as `\u001b`, and a backslash as two. */
export function escaped(text: string): string {
  return harmless(text.replaceAll('\\', '\\\\'));
}

/** A text without control characters: what they are is seen, and a terminal does not do it. */
export function harmless(text: string): string {
  return text.replaceAll(CONTROL, (character) => SHORT[character] ?? unicodeEscape(character));
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
