import { appendFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { exportedSubjects, FREE, KINDS, methodsOf, tableNames } from './subjects/all.ts';
import type { Path } from './variations.ts';
import { type Subject, type Walked, walk } from './walk.ts';

/**
 * Each function that the package exports, and each method of what they give, is called with values that it does not want.
 * What comes is a result or an error of the package, in one line; a call that is refused changes nothing. More values of
 * any kind: WALK=1000 npx vitest run test/unit/border, and WALK_FIGURES=FILE has the calls of each function.
 */
const SAMPLES = Number(process.env.WALK ?? 3);
const SEED = 20_260_520;
const FIGURES = process.env.WALK_FIGURES;

/** A call of these takes seconds: test/unit/verify/border.test.ts and test/unit/search/search.test.ts make fewer. */
const SLOW = ['verify', 'verifySuite', 'conform', 'expectFixtures', 'reportPage', 'search'];

/** A text is the path of a folder that it would write. */
function isFolder(path: Path, value: unknown): boolean {
  return path.length === 1 && typeof value === 'string' && value !== '';
}

/** So many epochs or repeats may be asked for, and would never end. */
function isEndless(path: Path, value: unknown): boolean {
  return ['epochs', 'repeats'].includes(`${path.at(-1)}`) && typeof value === 'number' && value > 100;
}

function expectNoFaults(name: string, { calls, faults }: Walked): void {
  if (FIGURES) appendFileSync(FIGURES, `${JSON.stringify({ name, calls, faults: faults.length })}\n`);
  expect(faults.map(({ where, what }) => `${where}: ${what}`)).toEqual([]);
}

test('every function that is exported is in the tables, and nothing else', () => {
  const subjects = exportedSubjects();
  expect(subjects.filter(({ args }) => !args).map(({ name }) => name)).toEqual([]);
  const names = new Set(subjects.map(({ name }) => name));
  expect(tableNames().filter((name) => !names.has(name))).toEqual([]);
});

describe('each function that is exported', () => {
  const subjects = exportedSubjects().filter(({ name }) => !SLOW.includes(name));
  test.each(subjects.map((subject) => [subject.name, subject] as const))('%s', async (name, subject) => {
    expectNoFaults(name, await walk({ ...(subject as Subject), skips: isEndless }, SAMPLES, SEED));
  });
});

describe.each(Object.entries(KINDS))('%s', (name, kind) => {
  test('has each of its methods in the table', async () => {
    const it = await kind.make();
    expect(methodsOf(it).filter((method) => !Object.hasOwn(kind.methods, method))).toEqual([]);
    await kind.end?.(it);
  });

  const methods = Object.entries(kind.methods).flatMap(([method, args]) => (args ? [[method, args] as const] : []));
  test.each(methods)('%s', async (method, args) => {
    let it = await kind.make();
    // Some of a kind lack a method: a layer without a scheme has no warnings.
    if (typeof Reflect.get(it, method) !== 'function') return;
    const full = `${name}.${method}`;
    const subject: Subject = {
      name: full,
      free: FREE[full] ?? [],
      skips: (path, value) => (method === 'save' && isFolder(path, value)) || isEndless(path, value),
      args: () => args(it),
      call: (...given) => (Reflect.get(it, method) as (...all: readonly unknown[]) => unknown).apply(it, [...given]),
      async renew() {
        await kind.end?.(it);
        it = await kind.make();
      },
      ...(kind.state ? { state: () => kind.state?.(it) } : {}),
    };
    const walked = await walk(subject, SAMPLES, SEED);
    await kind.end?.(it);
    expectNoFaults(full, walked);
  });
});
