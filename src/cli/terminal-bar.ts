import cliProgress from 'cli-progress';

/**
 * A bar on the terminal; it keeps the process alive until it is stopped. It leaves Ctrl-C to others (see interrupt.ts), and
 * changes no mode of the terminal that would have to be put right: neither its cursor nor its wrapped lines.
 * @param format see cli-progress
 */
export function terminalBar(format: string): cliProgress.SingleBar {
  return new cliProgress.SingleBar(
    { format, clearOnComplete: true, hideCursor: false, linewrap: true, gracefulExit: false },
    cliProgress.Presets.shades_classic,
  );
}
