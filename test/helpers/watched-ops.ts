import type { Ops } from 'keepgate';

/** The same engine, of which each call is told before it is made. */
export function watchedOps(ops: Ops, see: (operation: string, args: readonly unknown[]) => void): Ops {
  return new Proxy(ops, {
    get(target, property) {
      const value = Reflect.get(target, property, target) as unknown;
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        see(String(property), args);
        return (value as (...args: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}
