import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DataError, KeepgateError, OptionError } from 'keepgate';
import { bullmq } from 'keepgate/search';
import { afterAll, describe, expect, test } from 'vitest';
import { answerOf, seal, unseal } from '../../src/search/queue/envelope.ts';
import { Server } from '../../src/search/queue/server.ts';
import { jobId, type Job } from '../../src/search/job.ts';
import { ResultStore } from '../../src/search/store.ts';
import { freePort, REDIS, redisServer } from '../helpers/queue-servers.ts';
import { queueStudy, removeStudies } from '../helpers/queue-study.ts';

afterAll(removeStudies);

const reach = (url: string): Promise<unknown> => Server.reach('bullmq', { url });

const JOB: Job = {
  format: 'keepgate-job-1',
  keepgate: '0.1.0',
  task: { kind: 'module', module: 'a'.repeat(64) },
  params: { x: 0.5 },
  seed: 1,
  fold: 0,
  from: 0,
  to: 1,
  before: null,
};

describe('a queue', () => {
  test.each(['', 'queue', 'http://127.0.0.1', 'redis://', 'file:///etc/passwd'])(
    'of no such kind is refused: %j',
    async (url) => {
      await expect(reach(url)).rejects.toThrow(OptionError);
    },
  );

  test('that nobody serves is an error that names it, and not its password', async () => {
    const port = await freePort();
    for (const kind of ['redis', 'postgres']) {
      const error = await reach(`${kind}://me:hidden@127.0.0.1:${port}/0`).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DataError);
      expect(String(error)).toMatch(
        new RegExp(`a queue was expected at ${kind}://127.0.0.1:${port}/0, but it cannot be reached`),
      );
      expect(String(error)).not.toContain('hidden');
    }
  });

  test.each([
    [{ connection: 3 }],
    [{ connection: 'redis://a', limit: 0 }],
    [{ connection: 'redis://a', onNote: 1 }],
    [{ url: 'redis://a' }],
  ])('refuses %j', (options) => {
    expect(() => bullmq(options as never)).toThrow(OptionError);
  });
});

describe('what is in a queue', () => {
  const hints = { texts: null, limit: 10 };

  test('is a work of the name that follows from it', async () => {
    const id = await jobId(JOB);
    expect(await unseal(id, seal(JOB, hints))).toEqual({ work: JOB, hints });
    await expect(unseal(id, seal({ ...JOB, seed: 2 }, hints))).rejects.toThrow('a work of keepgate was expected');
  });

  test.each<[string, object, object]>([
    ['another format', { format: 'keepgate-job-2' }, hints],
    ['a path in place of a hash', { task: { kind: 'module', module: '../../etc/passwd' } }, hints],
    ['a path in place of a job', { before: '../x' }, hints],
    ['a path in place of a name', {}, { ...hints, texts: { name: '../x', reading: {} } }],
    ['no time', {}, { ...hints, limit: 0 }],
  ])('is refused with %s', async (_, more, told) => {
    const work = { ...JOB, ...more };
    await expect(unseal(await jobId(work), seal(work as Job, told as never))).rejects.toThrow(KeepgateError);
  });

  test('is refused where it is no answer', () => {
    for (const value of [null, 'x', {}, { result: '{', place: 'here' }, { result: '{}' }]) {
      expect(() => answerOf('j-1', value)).toThrow('something else is in the queue');
    }
  });
});

test('a second result that differs names both machines', async () => {
  const { options } = queueStudy();
  const folder = join(options.out, '..');
  mkdirSync(join(folder, 'results'));
  const store = new ResultStore(folder);
  await store.write(JOB, { scores: [{ a: 1 }] }, 'machine one');
  await store.write(JOB, { scores: [{ a: 1 }] }, 'machine two');
  await expect(store.write(JOB, { scores: [{ a: 2 }] }, 'machine three')).rejects.toThrow(
    /on machine one came .* and on machine three/,
  );
});

describe.skipIf(REDIS === null)('a server of Redis', () => {
  test('that throws keys away is refused before anything is added', async () => {
    const server = await redisServer('--maxmemory', '10mb', '--maxmemory-policy', 'allkeys-lru');
    try {
      await expect(reach(server.url)).rejects.toThrow(OptionError);
      await expect(reach(server.url)).rejects.toThrow(
        /the maxmemory-policy noeviction was expected at .*, but it is allkeys-lru/,
      );
    } finally {
      await server.close();
    }
  });

  test('that wants a password says so', async () => {
    const server = await redisServer('--requirepass', 'hidden');
    try {
      await expect(reach(server.url)).rejects.toThrow('it wants another user or password');
      await expect(reach(server.url.replace('//', '//:wrong@'))).rejects.toThrow('it wants another user or password');
      await expect(reach(server.url.replace('//', '//:hidden@'))).resolves.toBeInstanceOf(Server);
    } finally {
      await server.close();
    }
  });

  test('that is full ends a search with a line, which goes on later', async () => {
    const server = await redisServer('--maxmemory', '1', '--maxmemory-policy', 'noeviction');
    try {
      const study = queueStudy();
      await expect(study.run(server.url)).rejects.toThrow(/a queue was expected at .*, but its memory is full \(.*OOM/);
    } finally {
      await server.close();
    }
  });
});
