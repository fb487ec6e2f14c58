import { afterEach, expect, test, vi } from 'vitest';
import { terminalBar } from '../../../../src/platform/process/terminal.ts';

const { isTTY } = process.stderr;

afterEach(() => {
  vi.restoreAllMocks();
  Object.defineProperty(process.stderr, 'isTTY', { value: isTTY, configurable: true });
});

test('a signal ends the process as if there were no bar, and finds the terminal as it was', async () => {
  let written = '';
  Object.defineProperty(process.stderr, 'isTTY', { value: true, configurable: true });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += text;
    return true;
  });
  const handlers = (): number[] => ['SIGINT', 'SIGTERM'].map((signal) => process.listenerCount(signal));
  const before = handlers();
  const bar = await terminalBar('{value} of {total}');
  bar.start(3, 1);
  try {
    expect(written).toContain('1 of 3');
    expect(handlers()).toEqual(before);
    // No mode of the terminal that has to be put back: neither a cursor that is hidden nor lines that do not wrap.
    expect(written).not.toContain('\u001b[?');
  } finally {
    bar.stop();
  }
});
