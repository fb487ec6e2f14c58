import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Interrupt } from '../../../src/cli/interrupt.ts';
import { run } from '../../../src/cli/program.ts';

const exit = vi.fn();
let signals: EventEmitter;
let interrupt: Interrupt;

beforeEach(() => {
  exit.mockClear();
  signals = new EventEmitter();
  interrupt = new Interrupt(Object.assign(signals, { exit }));
});

afterEach(() => {
  vi.restoreAllMocks();
});

test('the first Ctrl-C aborts the signal, a second ends the process with status 130', () => {
  const signal = interrupt.listen();
  const heard = vi.fn();
  signal.addEventListener('abort', heard);
  expect(signal.aborted).toBe(false);
  signals.emit('SIGINT');
  expect(signal.aborted).toBe(true);
  expect(exit).not.toHaveBeenCalled();
  signals.emit('SIGINT');
  expect(exit).toHaveBeenCalledExactlyOnceWith(130);
  expect(heard).toHaveBeenCalledTimes(1);
});

test('until a command asks for the signal, and after it is done, Ctrl-C is left to the system', () => {
  expect(signals.listenerCount('SIGINT')).toBe(0);
  expect(interrupt.listen()).toBe(interrupt.listen());
  expect(signals.listenerCount('SIGINT')).toBe(1);
  interrupt.release();
  expect(signals.listenerCount('SIGINT')).toBe(0);
});

test('the command line leaves no listener behind', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {});
  const before = process.listenerCount('SIGINT');
  expect(await run(['no-such-command'])).toBe(2);
  expect(process.listenerCount('SIGINT')).toBe(before);
});
