import { stderr, stdout } from 'node:process';
import type { Options, SingleBar } from 'cli-progress';

/** How many columns the terminal has that bars are drawn on; null where there is none, such as in a pipe. */
export function terminalWidth(): number | null {
  return stderr.isTTY ? stderr.columns || 80 : null;
}

/**
 * A bar on the terminal; it keeps the process alive until it is stopped. It leaves Ctrl-C to others, and changes no mode of
 * the terminal that would have to be put right: neither its cursor nor its wrapped lines.
 * @param format see cli-progress
 */
export async function terminalBar(format: NonNullable<Options['format']>): Promise<SingleBar> {
  const { default: cliProgress } = await import('cli-progress');
  return new cliProgress.SingleBar(
    { format, clearOnComplete: true, hideCursor: false, linewrap: true, gracefulExit: false },
    cliProgress.Presets.shades_classic,
  );
}

/** Writes lines to standard output. */
export function linePrinter(): (line: string) => void {
  return (line) => {
    stdout.write(`${line}\n`);
  };
}
