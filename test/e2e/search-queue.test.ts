import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { POSTGRES, postgresServer, REDIS, redisServer, type TestServer } from '../helpers/queue-servers.ts';
import {
  childrenLeft,
  endWorkers,
  queueStudy,
  removeStudies,
  startCoordinator,
  undisturbedStudy,
  until,
} from '../helpers/queue-study.ts';

/** Each process takes a second to start on a machine that has other things to do. */
const LONG = 300_000;

afterEach(endWorkers);
afterAll(removeStudies);

const pause = (ms: number): Promise<void> =>
  new Promise((done) => {
    setTimeout(done, ms);
  });

// Where a server is missing these are skipped; in CI that is an error.
describe.skipIf(REDIS === null || process.platform !== 'linux')('a search on a queue of Redis', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await redisServer();
  });
  afterAll(() => server?.close());

  test(
    'comes to what it comes to on one machine, with each job trained once',
    async () => {
      const study = queueStudy();
      await Promise.all([study.worker(server.url), study.worker(server.url)]);
      const result = await study.run(server.url);
      const { journal, result: same } = await undisturbedStudy();
      expect(result).toEqual(same);
      expect(study.journal()).toBe(journal);
      const begun = study.noted('begun');
      expect(new Set(begun).size).toBe(begun.length);
    },
    LONG,
  );

  test(
    'whose workers are killed, with what they were doing, loses nothing and leaves no process behind',
    async () => {
      const study = queueStudy();
      const run = study.run(server.url);
      let isOver = false;
      void run.finally(() => {
        isOver = true;
      });
      for (let kill = 0; kill < 6 && !isOver; kill++) {
        const before = study.noted('begun').length;
        const { child, ended } = await study.worker(server.url);
        await until(() => isOver || study.noted('begun').length > before + (kill % 3));
        child.kill('SIGKILL');
        await ended;
        // A child that is left trains nothing to its end.
        await until(() => childrenLeft().length === 0);
      }
      await study.worker(server.url);
      expect(await run).toEqual((await undisturbedStudy()).result);
      expect(study.journal()).toBe((await undisturbedStudy()).journal);
    },
    LONG,
  );

  test(
    'one of whose workers stands still for longer than its lock gives its jobs to others, and takes nothing twice',
    async () => {
      const study = queueStudy();
      const run = study.run(server.url);
      const { child } = await study.worker(server.url);
      await until(() => study.noted('begun').length > 1);
      child.kill('SIGSTOP');
      await study.worker(server.url);
      await pause(2500);
      child.kill('SIGCONT');
      expect(await run).toEqual((await undisturbedStudy()).result);
      expect(study.journal()).toBe((await undisturbedStudy()).journal);
    },
    LONG,
  );

  test(
    'that is killed at any instant goes on, and what was trained is not trained again',
    async () => {
      const study = queueStudy();
      await study.worker(server.url);
      for (let kill = 0; kill < 4; kill++) {
        const before = study.noted('ended').length;
        const { child, ended } = startCoordinator(study, server.url);
        let isOver = false;
        void ended.then(() => {
          isOver = true;
        });
        await until(() => isOver || study.noted('ended').length > before + kill);
        child.kill('SIGKILL');
        await ended;
      }
      expect(await study.run(server.url)).toEqual((await undisturbedStudy()).result);
      expect(study.journal()).toBe((await undisturbedStudy()).journal);
      const begun = study.noted('begun');
      expect(new Set(begun).size).toBe(begun.length);
    },
    LONG,
  );

  test(
    'gives back what a worker was doing that is told to end, at once',
    async () => {
      const study = queueStudy();
      const run = study.run(server.url);
      const first = await study.worker(server.url);
      await until(() => study.noted('begun').length > 1);
      const second = await study.worker(server.url);
      first.child.kill('SIGTERM');
      await first.ended;
      expect(childrenLeft().length).toBeLessThanOrEqual(2);
      expect(await run).toEqual((await undisturbedStudy()).result);
      expect(study.journal()).toBe((await undisturbedStudy()).journal);
      second.child.kill('SIGTERM');
      await second.ended;
      expect(second.child.exitCode).toBe(0);
    },
    LONG,
  );

  test(
    'whose trainings kill their processes records it after three times, as one machine does',
    async () => {
      const module = `export async function train({ params: { x }, from, to }) {
        if (x > 0.5) process.kill(process.pid, 'SIGKILL');
        return { scores: Array.from({ length: to - from }, () => ({ distance: x })) };
      }`;
      const study = queueStudy(module, { trials: 4, sampler: 'sobol', pruner: { name: 'none' }, seeds: 1 });
      await study.worker(server.url);
      const { trials } = await study.run(server.url);
      const failed = trials.filter(({ params }) => Number(params.x) > 0.5).map((trial) => trial.failed);
      expect(failed.length).toBeGreaterThan(0);
      expect(new Set(failed)).toEqual(new Set(['its process ended 3 times, at last by SIGKILL']));
    },
    LONG,
  );

  test(
    'is not done by workers without its module or of another version, who say so once',
    async () => {
      const study = queueStudy();
      const notes: string[] = [];
      const { said } = await study.worker(server.url, { modules: [] });
      const run = study.run(server.url, { notes });
      await until(() => notes.length > 0 && said().includes('gave a work back'));
      await pause(1500);
      const able = await study.worker(server.url);
      await run;
      expect(notes).toEqual([expect.stringContaining('a module with the SHA-256')]);
      expect(said().match(/gave a work back/g)).toHaveLength(1);
      expect(able.said()).toBe('works\n');
      expect(study.journal()).toBe((await undisturbedStudy()).journal);
    },
    LONG,
  );

  test(
    'that a signal stops takes back what waits, and goes on when it is called again',
    async () => {
      const study = queueStudy();
      const stop = new AbortController();
      await study.worker(server.url);
      const run = study.run(server.url, { signal: stop.signal });
      await until(() => study.noted('ended').length > 2);
      stop.abort();
      await expect(run).rejects.toThrow('the signal stopped it');
      expect(await study.run(server.url)).toEqual((await undisturbedStudy()).result);
      expect(study.journal()).toBe((await undisturbedStudy()).journal);
    },
    LONG,
  );
});

describe.skipIf(REDIS === null || process.platform !== 'linux')('a search whose server of Redis', () => {
  test.each([
    ['is killed for less than a lock holds', 200, false],
    ['is killed for longer than a lock holds', 3000, false],
    ['loses all that it had', 300, true],
  ])(
    '%s loses nothing, and goes on',
    async (_, outage, isEmpty) => {
      const server = await redisServer('--appendfsync', 'always');
      try {
        const [study, notes] = [queueStudy(), [] as string[]];
        const store = join(study.options.out, '../store');
        await study.worker(server.url, { store });
        const run = study.run(server.url, { notes, store });
        await until(() => study.noted('ended').length > 3);
        await server.kill();
        await pause(outage);
        await server.start(isEmpty);
        expect(await run).toEqual((await undisturbedStudy()).result);
        expect(study.journal()).toBe((await undisturbedStudy()).journal);
        expect(notes.filter((note) => note.includes('cannot be reached'))).toHaveLength(1);
        // What was trained to its end is kept by its name: it is not trained again.
        const ended = study.noted('ended');
        expect(new Set(ended).size).toBe(ended.length);
      } finally {
        await server.close();
      }
    },
    LONG,
  );
});

describe.skipIf(POSTGRES === null || process.platform !== 'linux')('a search on a queue of PostgreSQL', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await postgresServer();
  }, LONG);
  afterAll(() => server?.close());

  test(
    'comes to the same where workers are killed, and others are told to end',
    async () => {
      const study = queueStudy();
      const run = study.run(server.url);
      const first = await study.worker(server.url);
      await until(() => study.noted('begun').length > 2);
      first.child.kill('SIGKILL');
      await first.ended;
      const second = await study.worker(server.url);
      await until(() => study.noted('begun').length > 5);
      second.child.kill('SIGTERM');
      await second.ended;
      await study.worker(server.url);
      expect(await run).toEqual((await undisturbedStudy()).result);
      expect(study.journal()).toBe((await undisturbedStudy()).journal);
    },
    LONG,
  );
});
