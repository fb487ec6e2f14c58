import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, OptionError } from 'keepgate';
import { type Driver, type Params, search, startingPoints, type StudyOptions } from 'keepgate/search';
import { afterAll, describe, expect, test } from 'vitest';
import { readStudy } from '../../../src/search/journal/read-study.ts';
import { plannedEpochs, prunerOf } from '../../../src/search/pruners/pruners.ts';
import { timelessJournal, toyDriver, toyResult, toyStudy } from '../../helpers/toy-search.ts';

const root = mkdtempSync(join(tmpdir(), 'keepgate-read-study-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
const fresh = (more: Partial<StudyOptions> = {}): StudyOptions => {
  const folder = join(root, `${folders++}`);
  mkdirSync(folder);
  return toyStudy(folder, more);
};

describe('a study that is read from its folder', () => {
  test('is what the search came to', async () => {
    const study = fresh({ trials: 40 });
    const { best, trials } = await search(study, { driver: toyDriver() });
    const record = await readStudy(study.out);
    expect(record.asked).toBe(40);
    expect(record.trials).toHaveLength(40);
    for (const [i, { number, params, scheme, state, score, failed }] of trials.entries()) {
      const read = record.trials[i];
      expect(read).toMatchObject({ number, params, scheme, state, score });
      expect(state === 'failed' ? read?.why : null).toBe(failed);
      if (score !== null)
        expect(read?.rungs.at(-1)).toMatchObject({ score, each: [expect.any(Number), expect.any(Number)] });
    }
    expect(best?.epochs).toBe(9);
    expect(record.trials[best?.number as number]?.curve).toHaveLength(9);
  });

  test('is read at any moment while the search works: no more than was written', async () => {
    const study = fresh({ trials: 12 });
    const seen: string[] = [];
    const driver: Driver = {
      open: async () => ({
        async run(job) {
          const { trials } = await readStudy(study.out);
          seen.push(...trials.map(({ state }) => state));
          return toyResult(job);
        },
        async close() {},
      }),
    };
    await search(study, { driver });
    expect(new Set(seen)).toContain('running');
    expect(new Set(seen)).toContain('waiting');
  });

  test('is one line of an error where it is none, or damaged', async () => {
    const study = fresh({ trials: 2 });
    await expect(readStudy(study.out)).rejects.toThrow(DataError);
    await search(study, { driver: toyDriver() });
    const journal = join(study.out, 'journal.jsonl');
    writeFileSync(journal, readFileSync(journal, 'utf8').replace('"op_code":4', '"op_code":99'));
    await expect(readStudy(study.out)).rejects.toThrow(/a trial that has begun was expected in line \d+/);
    writeFileSync(join(study.out, 'study.json'), '{"space"');
    await expect(readStudy(study.out)).rejects.toThrow(/^search: a study was expected in .*study.json/);
  });
});

describe('the first trials', () => {
  const space = { scheme: ['none', 'naive(input={i})', 'gal2016()'], i: [0, 0.5], x: [0, 0.9] };

  test('are those that are given; the sampler has what follows, as if it had begun there', async () => {
    const first: readonly Params[] = [
      { scheme: 'gal2016()', x: 0.25 },
      { scheme: 'naive(input={i})', i: 0.125 },
    ];
    const study = fresh({ space, first, sampler: 'random', trials: 5 });
    const { trials } = await search(study, { driver: toyDriver() });
    expect(trials[0]?.params).toEqual({ scheme: 'gal2016()', x: 0.25 });
    // What is not given is drawn.
    expect(trials[1]?.params).toMatchObject({ scheme: 'naive(input={i})', i: 0.125, x: expect.any(Number) });
    const without = await search(fresh({ space, sampler: 'random', trials: 3 }), { driver: toyDriver() });
    expect(trials.slice(2).map(({ params }) => params)).toEqual(without.trials.map(({ params }) => params));
  });

  test('are a part of the study', async () => {
    const study = fresh({ space, first: [{ scheme: 'none' }], trials: 2 });
    await search(study, { driver: toyDriver() });
    await expect(search({ ...study, first: [{ scheme: 'gal2016()' }] }, { driver: toyDriver() })).rejects.toThrow(
      /search: first \[\{"scheme":"none"\}\] was expected/,
    );
  });

  test.each<[string, unknown, RegExp]>([
    ['a name that the space lacks', [{ y: 1 }], /names of the space were expected, but "y" came at index 0/],
    [
      'a value beyond its range',
      [{ x: 0.1 }, { x: 1 }],
      /a value of the space's x was expected, but 1 came at index 1/,
    ],
    ['a scheme of another space', [{ scheme: 'merity2017()' }], /a value of the space's scheme was expected/],
    ['no list', { x: 0.1 }, /a list of params was expected/],
  ])('refuse %s', async (_, first, message) => {
    const study = fresh({ space, first: first as StudyOptions['first'] & object });
    await expect(search(study, { driver: toyDriver() })).rejects.toThrow(message);
    await expect(search(study, { driver: toyDriver() })).rejects.toThrow(OptionError);
  });

  test('of a space are its schemes without names in braces, as training has them by default', () => {
    const points = startingPoints({
      scheme: ['none', 'naive(input={i})', 'gal2016()'],
      i: [0, 0.5],
      cell: 'gru',
      learningRate: { log: [0.001, 0.1] },
      units: [64, 128],
    });
    expect(points).toEqual([
      { scheme: 'none', learningRate: 0.003 },
      { scheme: 'gal2016()', learningRate: 0.003 },
    ]);
  });
});

describe('what failed', () => {
  /** Fails for x above a half, as long as it is told so. */
  const driver = (fails: boolean, ran: string[] = []): Driver => ({
    open: async ({ folder }) => ({
      async run(job) {
        ran.push(`${job.params.x} ${job.seed} ${job.to}`);
        if (!(fails && Number(job.params.x) > 0.5)) return toyResult(job);
        const { jobId } = await import('../../../src/search/job.ts');
        const result = { failed: 'no memory' };
        writeFileSync(join(folder, 'results', `${await jobId(job)}.json`), JSON.stringify({ job, result, place: '' }));
        return result;
      },
      async close() {},
    }),
  });

  test('is tried again when that is asked for, and comes to what it would have come to', async () => {
    const told = { trials: 8, space: { x: [0, 0.9] }, sampler: 'random' as const };
    const [study, whole] = [fresh(told), fresh(told)];
    const { trials } = await search(study, { driver: driver(true) });
    const failed = trials.filter(({ state }) => state === 'failed').length;
    expect(failed).toBeGreaterThan(1);
    // Without being asked nothing is tried again.
    const idle: string[] = [];
    expect((await search(study, { driver: driver(false, idle) })).trials).toEqual(trials);
    const kept = readdirSync(join(study.out, 'results')).length;
    expect(kept).toBeGreaterThan(0);
    const found = await search(study, { driver: driver(false), retryFailed: true });
    await search(whole, { driver: driver(false) });
    expect(found.trials.filter(({ state }) => state === 'failed')).toEqual([]);
    expect(timelessJournal(study.out)).toBe(timelessJournal(whole.out));
  });
});

test('the planned epochs are those that are trained where none fails', () => {
  const asha = prunerOf({ name: 'asha', eta: 3, least: 1 }, 9);
  // 27 to 1 epoch, 9 to 3, and 3 to 9.
  expect(plannedEpochs(asha, 27, 3)).toBe(27 + 9 * 2 + 3 * 6);
  expect(plannedEpochs(prunerOf({ name: 'none', eta: 3, least: 1 }, 9), 10, 3)).toBe(90);
  // A round of Hyperband to R = 9: 9 from 1, 5 from 3 and 3 from 9.
  const hyperband = prunerOf({ name: 'hyperband', eta: 3, least: 1 }, 9);
  expect(plannedEpochs(hyperband, 17, 3)).toBe(9 + 3 * 2 + 6 + 5 * 3 + 6 + 3 * 9);
});
