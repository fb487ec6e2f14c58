import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AbortError, DataError, KeepgateError, OptionError } from 'keepgate';
import { type Driver, type Job, type SamplerName, type StudyOptions, search } from 'keepgate/search';
import { afterAll, describe, expect, test } from 'vitest';
import { OPTUNA, readByOptuna } from '../../helpers/optuna.ts';
import { timelessJournal, toyDriver, toyResult, toyStudy } from '../../helpers/toy-search.ts';

const root = mkdtempSync(join(tmpdir(), 'keepgate-search-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
const fresh = (more: Partial<StudyOptions> = {}): StudyOptions => {
  const folder = join(root, `${folders++}`);
  mkdirSync(folder);
  return toyStudy(folder, more);
};

/** Some number of turns for each job, which differs from run to run. */
const shuffled = (run: number) => (job: Job) =>
  (JSON.stringify(job).length * (run + 3) * 7919 + job.seed * 31 * run) % 13;

const messageOf = async (act: Promise<unknown>): Promise<string> => {
  const error: unknown = await act.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(KeepgateError);
  expect((error as Error).message).not.toContain('\n');
  return `${(error as Error).name}: ${(error as Error).message}`;
};

describe('a search', () => {
  test.each<[SamplerName, NonNullable<StudyOptions['pruner']>['name']]>([
    ['random', 'none'],
    ['grid', 'asha'],
    ['sobol', 'hyperband'],
    ['tpe', 'asha'],
  ])('by %s and %s comes to the same whenever jobs end', async (sampler, pruner) => {
    const told = { sampler, pruner: { name: pruner }, space: { x: { range: [0, 1], points: 30 } } };
    const studies = [0, 1, 2, 3].map(() => fresh(told));
    const found = await Promise.all(studies.map((study, run) => search(study, { driver: toyDriver(shuffled(run)) })));
    for (const [run, { out }] of studies.entries()) {
      expect(timelessJournal(out)).toBe(timelessJournal((studies[0] as StudyOptions).out));
      expect(found[run]).toEqual(found[0]);
    }
  });

  test('finds what is best, and says what became of all', async () => {
    const seen: number[] = [];
    const study = fresh({ trials: 40 });
    const { best, trials } = await search(study, { driver: toyDriver(), onTrial: ({ number }) => seen.push(number) });
    expect(trials.map(({ number }) => number)).toEqual(trials.map((_, i) => i));
    expect(new Set(seen).size).toBe(40);
    const states = new Set(trials.map(({ state }) => state));
    expect(states).toEqual(new Set(['complete', 'pruned', 'diverged', 'failed']));
    expect(Math.abs(Number(best?.params.x) - 0.3)).toBeLessThan(0.1);
    expect(best?.epochs).toBe(9);
    // ⌊40/3⌋ and ⌊13/3⌋ of those that did not fail.
    expect(trials.filter(({ epochs, state }) => epochs > 1 || state === 'complete')).toHaveLength(13);
    expect(trials.filter(({ state }) => state === 'complete')).toHaveLength(4);
    for (const { state, score, failed, params } of trials) {
      expect(score === null).toBe(state === 'failed' || state === 'diverged');
      expect(failed).toBe(state === 'failed' ? 'x is too large' : null);
      expect(state === 'failed').toBe(Number(params.x) > 0.97);
    }
  });

  test('scores a trial by the best of its epochs, the mean over its seeds', async () => {
    const study = fresh({ trials: 3, sampler: 'sobol', pruner: { name: 'none' }, seeds: [4, 9], parallel: 1 });
    const jobs: Job[] = [];
    const { trials } = await search(study, { driver: toyDriver(undefined, (job) => jobs.push(job)) });
    // The two seeds of a trial are under way at once, so that either may be the first.
    const told = jobs.map(({ params, seed, from, to, before }) => JSON.stringify([params, seed, from, to, before]));
    const expected = trials.flatMap(({ params }) => [4, 9].map((seed) => JSON.stringify([params, seed, 0, 9, null])));
    expect(told.sort()).toEqual(expected.sort());
    const best = jobs.slice(0, 2).map((job) => {
      const { scores } = toyResult(job) as { scores: Record<string, number>[] };
      return Math.max(...scores.map((one) => one['validation.accuracy'] as number));
    });
    expect(trials[0]?.score).toBe(((best[0] as number) + (best[1] as number)) / 2);
  });

  test('has never more trials under way than it is told, and begins rungs from what the rung before left', async () => {
    const [running, done] = [new Set<string>(), new Map<string, Job>()];
    const nameOf = ({ params, seed, from, to }: Job): string => JSON.stringify([params, seed, from, to]);
    let most = 0;
    let three = (): void => {};
    const threeRun = new Promise<void>((done) => {
      three = done;
    });
    const driver: Driver = {
      open: async () => ({
        async run(job) {
          running.add(JSON.stringify(job.params));
          most = Math.max(most, running.size);
          if (running.size === 3) three();
          await threeRun;
          await new Promise((turn) => setImmediate(turn));
          running.delete(JSON.stringify(job.params));
          done.set(nameOf(job), job);
          expect(job.before === null).toBe(job.from === 0);
          return toyResult(job);
        },
        async close() {},
      }),
    };
    await search(fresh({ parallel: 3 }), { driver });
    expect(most).toBe(3);
    for (const job of done.values()) {
      if (job.from === 0) continue;
      expect(
        [...done.values()].some(
          ({ params, seed, to }) =>
            JSON.stringify(params) === JSON.stringify(job.params) && seed === job.seed && to === job.from,
        ),
      ).toBe(true);
    }
  });

  test.skipIf(!OPTUNA)('leaves a journal in which Optuna reads the same', async () => {
    const study = fresh();
    const { best, trials } = await search(study, { driver: toyDriver() });
    const read = readByOptuna(join(study.out, 'journal.jsonl')) as {
      best: number;
      trials: { state: string; params: object; values: number[] | null; scores: object }[];
    };
    expect(read.best).toBe(best?.number);
    const states = { complete: 'COMPLETE', pruned: 'PRUNED', diverged: 'PRUNED', failed: 'FAIL', running: 'RUNNING' };
    expect(read.trials.map(({ state, params, values }) => ({ state, params, values }))).toEqual(
      trials.map(({ state, params, score }) => ({
        state: states[state],
        params,
        values: score === null ? null : [score],
      })),
    );
    expect(read.trials.map(({ scores }) => Object.keys(scores).length)).toEqual(
      trials.map(({ state, epochs }) => (state === 'complete' || state === 'pruned' ? epochs : expect.any(Number))),
    );
  });
});

describe('a search that goes on', () => {
  test('wherever its journal ends comes to the same, and trains nothing twice that is kept', async () => {
    const undisturbed = fresh();
    const result = await search(undisturbed, { driver: toyDriver() });
    const text = readFileSync(join(undisturbed.out, 'journal.jsonl'), 'utf8');
    for (let size = 0; size < text.length; size += 977) {
      truncateSync(join(undisturbed.out, 'journal.jsonl'), size);
      expect(await search(undisturbed, { driver: toyDriver(shuffled(size)) })).toEqual(result);
      expect(timelessJournal(undisturbed.out)).toBe(text.replaceAll(/"datetime_\w+":"[^"]*"/g, '"datetime":""'));
    }
  });

  test('after it was stopped at any job, by a signal or by an error, comes to the same', async () => {
    const undisturbed = fresh();
    const result = await search(undisturbed, { driver: toyDriver() });
    const study = fresh();
    for (let stopAfter = 1; stopAfter < 50; stopAfter += 7) {
      const controller = new AbortController();
      let jobs = 0;
      const driver: Driver = {
        open: async () => {
          let refuse = (_: Error): void => {};
          const closed = new Promise<never>((_, reject) => {
            refuse = reject;
          });
          closed.catch(() => {});
          return {
            async run(job) {
              jobs += 1;
              if (jobs === stopAfter && stopAfter % 2 === 0) throw new DataError('the texts are gone');
              if (jobs === stopAfter) controller.abort('enough');
              await Promise.race([new Promise((turn) => setImmediate(turn)), closed]);
              return toyResult(job);
            },
            close: async () => refuse(new KeepgateError('closed')),
          };
        },
      };
      const error: unknown = await search(study, { driver, signal: controller.signal }).catch(
        (reason: unknown) => reason,
      );
      if (stopAfter % 2 === 0) expect(error).toMatchObject({ message: 'the texts are gone' });
      else expect(error).toBeInstanceOf(AbortError);
      expect(existsSync(join(study.out, 'in-use'))).toBe(false);
    }
    expect(await search(study, { driver: toyDriver() })).toEqual(result);
    expect(timelessJournal(study.out)).toBe(timelessJournal(undisturbed.out));
  });

  test('can have more trials, which those that have ended are compared with', async () => {
    const study = fresh({ trials: 9 });
    const first = await search(study, { driver: toyDriver() });
    const before = timelessJournal(study.out);
    const more = await search({ ...study, trials: 18 }, { driver: toyDriver() });
    expect(more.trials).toHaveLength(18);
    expect(more.trials.slice(0, 9)).toEqual(first.trials);
    expect(timelessJournal(study.out).startsWith(before)).toBe(true);
    // Once more is the same, and fewer are not.
    expect(await search({ ...study, trials: 18 }, { driver: toyDriver(shuffled(5)) })).toEqual(more);
    expect(await messageOf(search(study, { driver: toyDriver() }))).toBe(
      'OptionError: search: at least 18 trials were expected, as the study has so many, but 9 came',
    );
  });

  test.each<[string, Partial<StudyOptions>, string]>([
    ['another space', { space: { x: [0, 2] } }, 'search: space {'],
    ['other seeds', { seeds: 3 }, 'search: seeds [1,2] was expected, as the study in'],
    ['another sampler', { sampler: 'random' }, 'search: sampler "tpe" was expected'],
    ['another pruner', { pruner: { name: 'none' } }, 'search: pruner {"eta":3,"least":1,"name":"asha"} was expected'],
    ['more epochs', { epochs: 27 }, 'search: epochs 9 was expected'],
    ['another key', { key: 1 }, 'search: key 0 was expected'],
    ['another number of trials at once', { parallel: 2 }, 'search: parallel 8 was expected'],
  ])('is refused as %s, and left as it was', async (_, other, message) => {
    const study = fresh({ trials: 2 });
    await search(study, { driver: toyDriver() });
    const before = timelessJournal(study.out);
    expect(await messageOf(search({ ...study, ...other }, { driver: toyDriver() }))).toContain(message);
    expect(timelessJournal(study.out)).toBe(before);
  });

  test('is refused where its journal, or what is kept of a job, was changed', async () => {
    const study = fresh({ trials: 3 });
    await search(study, { driver: toyDriver() });
    const journal = join(study.out, 'journal.jsonl');
    const text = readFileSync(journal, 'utf8');
    writeFileSync(journal, text.replace(/"intermediate_value":0\.\d/, '"intermediate_value":0.1'));
    expect(await messageOf(search(study, { driver: toyDriver() }))).toContain('as if somebody had changed it');
    writeFileSync(journal, text);
    writeFileSync(join(study.out, 'study.json'), '{');
    expect(await messageOf(search(study, { driver: toyDriver() }))).toContain('its study.json is damaged');
  });

  test('is refused while another works in its folder, and not when that is gone', async () => {
    const study = fresh({ trials: 3 });
    let second = '';
    const driver: Driver = {
      open: async () => ({
        async run(job) {
          if (second === '') second = await messageOf(search(study, { driver: toyDriver() }));
          return toyResult(job);
        },
        async close() {},
      }),
    };
    await search(study, { driver });
    expect(second).toMatch(/a study that nobody works on was expected in ".*study", but process \d+ of .* does/);
    const lock = join(study.out, 'in-use');
    writeFileSync(lock, JSON.stringify({ pid: process.ppid, host: 'elsewhere' }));
    expect(await messageOf(search(study, { driver: toyDriver() }))).toContain(`remove ${lock} if it is gone`);
    // A number that no process has, and what a crash of the system may leave.
    const { hostname } = await import('node:os');
    for (const left of [JSON.stringify({ pid: 2 ** 22 + 1, host: hostname() }), '']) {
      writeFileSync(lock, left);
      await search(study, { driver: toyDriver() });
      expect(existsSync(lock)).toBe(false);
    }
  });
});

describe('a study', () => {
  test.each<[string, object, string]>([
    [
      'nothing to train on',
      { module: undefined },
      'OptionError: search: data, or a module of your own, was expected, but neither came',
    ],
    ['both', { data: 'x' }, 'but both came'],
    [
      'a module that is not there',
      { module: 'no.mjs' },
      'DataError: search: the module "no.mjs" was to be read, but no such path is there',
    ],
    [
      'texts that are not there',
      { module: undefined, data: 'no.csv', reading: { text: 'a', label: 'b' }, space: {} },
      'DataError: ',
    ],
    ['no trials', { trials: 0 }, 'a whole number from 1 to 100000 was expected as trials, but 0 came'],
    ['no epochs', { epochs: 1.5 }, 'was expected as epochs, but 1.5 came'],
    ['one fold', { folds: 1 }, 'a whole number from 2 to 1000 was expected as folds, but 1 came'],
    ['a seed twice', { seeds: [1, 1] }, 'seeds that differ were expected'],
    ['no seeds', { seeds: [] }, 'seeds that differ were expected'],
    ['a sampler that is none', { sampler: 'bayes' }, '"random" or "grid" or "sobol" or "tpe" was expected as sampler'],
    ['a pruner with one rung', { epochs: 2, pruner: { name: 'asha' } }, 'at least 3 epochs were expected'],
    ['a score whose direction nobody knows', { monitor: 'validation.joy' }, '"min" or "max" was expected as mode'],
    [
      'a holdout of nothing',
      { module: undefined, data: 'x', holdout: 0, space: {} },
      'a number between 0 and 1 was expected as holdout',
    ],
    ['a misspelt option', { trial: 3 }, 'did you mean trials?'],
    ['a space that is none', { space: { x: [1, 0] } }, 'space: x: two numbers were expected'],
  ])('with %s is refused', async (_, other, message) => {
    const study = fresh();
    const { module, ...told } = { ...study, ...other };
    const options = (module === undefined ? told : { module, ...told }) as StudyOptions;
    expect(await messageOf(search(options, { driver: toyDriver() }))).toContain(message);
    expect(existsSync(study.out)).toBe(false);
  });

  test('takes no folder of something else, and none where there can be none', async () => {
    const study = fresh();
    mkdirSync(study.out);
    writeFileSync(join(study.out, 'thesis.txt'), 'mine');
    expect(await messageOf(search(study, { driver: toyDriver() }))).toContain('has "thesis.txt"; choose another');
    expect(await messageOf(search({ ...study, out: join(root, 'a', 'b') }, { driver: toyDriver() }))).toContain(
      'no such path is there',
    );
    expect(await messageOf(search({ ...study, out: study.module as string }, { driver: toyDriver() }))).toContain(
      'DataError: search: the folder',
    );
  });

  test('is not begun when the signal has stopped it before', async () => {
    const study = fresh();
    await expect(search(study, { driver: toyDriver(), signal: AbortSignal.abort() })).rejects.toThrow(AbortError);
    expect(existsSync(study.out)).toBe(false);
    await expect(search(study, { driver: {} as Driver })).rejects.toThrow(OptionError);
  });
});
