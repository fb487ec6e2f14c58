import { afterEach, beforeEach, expect } from 'vitest';

// Anything that the library prints by itself is a mistake: `console` belongs to the command line alone.
const printed: string[] = [];
const methods = ['log', 'info', 'warn', 'error', 'debug'] as const;

for (const method of methods) {
  console[method] = (...args: unknown[]) => {
    printed.push(`console.${method}: ${args.map(String).join(' ')}`);
  };
}

beforeEach(() => {
  printed.length = 0;
});

afterEach(() => {
  expect(printed, 'a test printed to the console').toEqual([]);
});
