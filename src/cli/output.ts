/** Ends a command with status 1 after it has said why by itself. */
export class CheckFailed extends Error {}

/** Where a command prints: lines for people, or with `--json` one object a line. */
export interface Output {
  /** A line for people. */
  line(text: string): void;
  /** An object for programs. */
  record(value: Readonly<Record<string, unknown>>): void;
  /** Something that may not be wanted; on standard error. */
  warn(text: string): void;
}

export function output(json: boolean): Output {
  // The one of now: while a module of the user runs, its `console.log` is another.
  const { log } = console;
  return {
    line: (text) => {
      if (!json) log(text);
    },
    record: (value) => {
      if (json) log(JSON.stringify(value));
    },
    warn: (text) => console.error(`warning: ${text}`),
  };
}
