import { expect } from 'vitest';

type ErrorClass = new (...args: never[]) => Error;

/** The error of a call that must fail: of this class, in one line, and naming what was expected and what came. */
export async function expectRefusal(act: () => unknown, type: ErrorClass, ...parts: readonly string[]): Promise<void> {
  const error = await caught(act);
  expect(error).toBeInstanceOf(type);
  const { message } = error as Error;
  expect(message).not.toMatch(/[\r\n]/);
  for (const part of parts) expect(message).toContain(part);
}

async function caught(act: () => unknown): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    return error;
  }
  return undefined;
}
