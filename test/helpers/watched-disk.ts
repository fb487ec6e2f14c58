import { AsyncLocalStorage } from 'node:async_hooks';
import type * as fs from 'node:fs/promises';

/** Whoever uses the disk under `actAs` has each call to the system announced before it is made. */
export type BeforeCall = (name: string) => void | Promise<void>;

const actors = new AsyncLocalStorage<BeforeCall>();

export function actAs<T>(before: BeforeCall, act: () => Promise<T>): Promise<T> {
  return actors.run(before, act);
}

/** `node:fs/promises` for vi.mock: it does what the real one does, once the actor lets it. Nothing waits for the disk itself. */
export function watchedDisk(real: typeof fs): typeof fs {
  const watch =
    (name: string, call: (...args: never[]) => unknown) =>
    async (...args: never[]): Promise<unknown> => {
      await actors.getStore()?.(name);
      const result = await call(...args);
      return name === 'open' ? watchedHandle(result as fs.FileHandle) : result;
    };
  const watchedHandle = (handle: fs.FileHandle) => ({
    writeFile: watch('write', handle.writeFile.bind(handle) as never),
    sync: watch('sync', async () => {}),
    close: watch('close', handle.close.bind(handle)),
  });
  const names = Object.keys(real).filter((name) => typeof real[name as keyof typeof fs] === 'function');
  return { ...real, ...Object.fromEntries(names.map((name) => [name, watch(name, real[name as 'open'] as never)])) };
}

/** An actor that stops before its call of this number, from 1, until it is told to go on: never, if it is to be killed. */
export interface Stopped {
  readonly before: BeforeCall;
  readonly reached: Promise<'stopped'>;
  readonly goOn: () => void;
}

export function stoppedAt(number: number): Stopped {
  let calls = 0;
  let stop = (): void => {};
  let goOn = (): void => {};
  const reached = new Promise<'stopped'>((resolve) => {
    stop = () => resolve('stopped');
  });
  const gate = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const before = async (): Promise<void> => {
    calls++;
    if (calls < number) return;
    stop();
    await gate;
  };
  return { before, reached, goOn };
}
