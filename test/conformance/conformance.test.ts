import { readFileSync } from 'node:fs';
import { GPU_MODES } from 'keepgate';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CountedOps, ENGINES } from '../helpers/engines.ts';
import { checkLists } from './checks/lists.ts';

const golden = JSON.parse(readFileSync(new URL('../golden/recurrent.json', import.meta.url), 'utf8'));
const lists = Object.entries(checkLists(golden)).map(([list, checks]) => ({ list, checks }));

test('there are 68 fixtures, of four cells, and no two checks of a list have one name', () => {
  expect(golden).toHaveLength(68);
  expect(new Set(golden.map(({ cell }: { readonly cell: string }) => cell)).size).toBe(4);
  for (const { checks } of lists) expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length);
});

test('every mode of gpu.js that runs without a GPU has its row', () => {
  const modes = ENGINES.flatMap(({ mode }) => mode ?? []);
  expect(GPU_MODES.filter((mode) => mode !== 'webgl' && mode !== 'headlessgl').toSorted()).toEqual(modes.toSorted());
});

describe.each(ENGINES.filter(({ place }) => place === 'node'))('$name', ({ create, tolerances, runsOn }) => {
  let engine: CountedOps;
  let atFirst: number;
  let before: number;

  beforeAll(async () => {
    engine = await create();
    atFirst = engine.liveBuffers;
  });

  beforeEach(() => {
    before = engine.liveBuffers;
  });

  // Each check frees what it makes.
  afterEach(() => expect(engine.liveBuffers).toBe(before));

  describe.each(lists)('$list', ({ list, checks }) => {
    test.each(checks)('$name', async ({ run }) => {
      expect(await run(engine)).toBeLessThanOrEqual(tolerances[list as keyof typeof tolerances]);
    });
  });

  // These come last: what ran all of the checks, and what it left behind.
  test('the engine that was asked for ran, and no other', () => {
    expect(engine.describe()).toContain(runsOn);
    expect(engine.describe()).not.toContain('fell back');
  });

  test('all buffers are freed, those of the device as well', () => {
    expect(engine.liveBuffers).toBe(atFirst);
    expect(engine.deviceBuffers ?? 0).toBe(0);
  });

  test('it can be used until it is disposed of', async () => {
    expect(engine.usable).toBe(true);
    await engine.dispose();
    expect(engine.usable).toBe(false);
  });

  afterAll(() => engine.dispose());
});
