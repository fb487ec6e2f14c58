import { type Command, InvalidArgumentError } from 'commander';
import { KeepgateError } from 'keepgate';

/** For an option: a whole number from 1. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('A whole number from 1 was expected.');
  return Number(text);
}

/** For an option: some of the names, with commas between them, or semicolons. */
export function someOf(known: readonly string[], separator: ',' | ';' = ','): (text: string) => readonly string[] {
  return (text) => {
    const names = [...new Set(text.split(separator).map((name) => name.trim()))];
    if (names.every((name) => known.includes(name))) return names;
    const between = separator === ',' ? 'commas' : 'semicolons';
    throw new InvalidArgumentError(`Some of ${known.join(', ')} were expected, with ${between} between.`);
  };
}

/** Those of a record whose names were asked for. */
export function picked<V>(all: Readonly<Record<string, V>>, names: readonly string[]): Record<string, V> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}

/** Parse the command line, and run the example with its arguments and options; an error of data or options is one line. */
export async function runExample<A extends readonly unknown[]>(
  command: Command,
  main: (...args: A) => Promise<void>,
): Promise<void> {
  try {
    command.showSuggestionAfterError(false).parse();
    const given: readonly unknown[] = [...command.processedArgs, command.opts()];
    await main(...(given as A));
  } catch (error) {
    if (!(error instanceof KeepgateError)) throw error;
    console.error(`${nameOf(command)}: ${error.message}`);
    process.exitCode = 1;
  }
}

/** `temporal order`, of `npx tsx examples/temporal-order/main.ts`. */
function nameOf(command: Command): string {
  return command.name().split('/').at(-2)?.replaceAll('-', ' ') ?? command.name();
}
