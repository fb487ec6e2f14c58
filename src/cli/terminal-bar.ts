import cliProgress from 'cli-progress';

/**
 * A bar on the terminal; it keeps the process alive until it is stopped. Ctrl-C ends the process there and then, with
 * nothing to put right: the terminal is left as it is, with its cursor and its wrapped lines. A handler of the signal
 * would have to wait for work that never lets go of the thread.
 * @param format see cli-progress
 */
export function terminalBar(format: string): cliProgress.SingleBar {
  return new cliProgress.SingleBar(
    { format, clearOnComplete: true, hideCursor: false, linewrap: true, gracefulExit: false },
    cliProgress.Presets.shades_classic,
  );
}
