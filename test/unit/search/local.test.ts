import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OptionError } from 'keepgate';
import { local, type StudyOptions, search } from 'keepgate/search';
import { afterAll, describe, expect, test } from 'vitest';
import { ROOT } from '../../helpers/run-script.ts';
import { timelessJournal } from '../../helpers/toy-search.ts';

const root = mkdtempSync(join(tmpdir(), 'keepgate-local-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

/** Each process is started from sources, which takes seconds on a machine that has other things to do. */
const LONG = 300_000;

/** A study whose module keeps what it needs in its checkpoint, and notes each time that it runs. @param more code, at the beginning of a training */
function fresh(more = '', told: Partial<StudyOptions> = {}): StudyOptions & { readonly runs: () => string[] } {
  const folder = join(root, `${folders++}`);
  mkdirSync(folder);
  const module = join(folder, 'objective.mjs');
  // Beside the module, which has the same content in each folder: so have the jobs.
  writeFileSync(
    module,
    `import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
    const note = (text) => appendFileSync(new URL('runs', import.meta.url), text + '\\n');
    const count = (text) => (existsSync(new URL('runs', import.meta.url)) ? readFileSync(new URL('runs', import.meta.url), 'utf8') : '').split('\\n').filter((line) => line === text).length;
    export async function train({ params: { x }, seed, from, to, folder, resume }) {
      const name = [x, seed, from, to].join(' ');
      note(name);
      ${more}
      let sum = resume === null ? 0 : JSON.parse(readFileSync(resume + '/sum', 'utf8'));
      const scores = [];
      for (let epoch = from + 1; epoch <= to; epoch++) {
        await new Promise((done) => setTimeout(done, 3));
        sum = (sum * 31 + x * seed + epoch) % 1;
        scores.push({ distance: Math.abs(x - 0.3) + sum / 100 });
      }
      writeFileSync(folder + '/sum', JSON.stringify(sum));
      return { scores };
    }`,
  );
  const space = { x: [0, 1] };
  return {
    module,
    space,
    out: join(folder, 'study'),
    trials: 6,
    epochs: 3,
    seeds: 2,
    monitor: 'distance',
    mode: 'min',
    ...told,
    runs: () => readFileSync(join(folder, 'runs'), 'utf8').trimEnd().split('\n'),
  };
}

const run = ({ runs: _, ...study }: ReturnType<typeof fresh>, options = {}) =>
  search(study, { driver: local({ slots: 2, ...options }) });

/** Processes that have a folder of this test in what they were started with. */
function processes(): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) &&
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('local-child') &&
        readFileSync(`/proc/${pid}/environ`, 'utf8').includes(root)
      );
    } catch {
      return false;
    }
  });
}

describe('the driver local', () => {
  test(
    'comes to the same with one process and with three, and trains each job once',
    async () => {
      const [one, three] = [fresh(), fresh()];
      expect(await run(three, { slots: 3 })).toEqual(await run(one, { slots: 1 }));
      expect(timelessJournal(three.out)).toBe(timelessJournal(one.out));
      expect(three.runs().sort()).toEqual(one.runs().sort());
      expect(new Set(one.runs()).size).toBe(one.runs().length);
      // What is kept is enough to go on: nothing is trained again, and no checkpoint is left.
      rmSync(join(one.out, 'journal.jsonl'));
      const before = one.runs().length;
      await run(one);
      expect(one.runs()).toHaveLength(before);
      expect(timelessJournal(one.out)).toBe(timelessJournal(three.out));
      expect(readdirSync(join(one.out, 'checkpoints'))).toEqual([]);
    },
    LONG,
  );

  test(
    'gives a job whose process ended to another one, and says of one that ended three that it failed',
    async () => {
      const ways = [
        `if (x < 0.2 && count(name) < 3) process.kill(process.pid, 'SIGKILL');`,
        'if (x > 0.3 && x < 0.5) process.exit(7);',
        `if (x > 0.5 && x < 0.7) process.kill(process.pid, 'SIGKILL');`,
        `if (x > 0.7 && x < 0.9) { setTimeout(() => { throw new Error('out of luck'); }); await new Promise(() => {}); }`,
      ];
      const space = { x: { choices: [0.1, 0.25, 0.4, 0.6, 0.8] } };
      const study = fresh(ways.join('\n'), { space, trials: 5, sampler: 'grid', seeds: 1, pruner: { name: 'none' } });
      const { trials } = await run(study);
      const reasons = new Map(trials.map(({ params, failed }) => [params.x, failed]));
      expect(Object.fromEntries(reasons)).toEqual({
        0.1: null,
        0.25: null,
        0.4: 'its process ended 3 times, at last with status 7',
        0.6: 'its process ended 3 times, at last by SIGKILL',
        0.8: 'its process ended 3 times, at last with status 1: Error: out of luck',
      });
      // None of it is tried again.
      const before = study.runs();
      expect(before).toHaveLength(3 + 1 + 3 * 3);
      expect((await run(study)).trials).toEqual(trials);
      expect(study.runs()).toEqual(before);
    },
    LONG,
  );

  test(
    'ends a training that never ends, even one that does not give way',
    async () => {
      const study = fresh('if (x > 0.5) for (;;);', {
        trials: 2,
        sampler: 'sobol',
        seeds: 1,
        pruner: { name: 'none' },
      });
      const { trials } = await run(study, { limit: 3 });
      expect(trials.map(({ state }) => state).sort()).toEqual(['complete', 'failed']);
      expect(trials.find(({ failed }) => failed)?.failed).toBe('it took longer than 3 seconds');
    },
    LONG,
  );

  test(
    'stops for what is no matter of a trial',
    async () => {
      const study = fresh();
      writeFileSync(study.module as string, 'export const fit = 1;');
      await expect(run(study)).rejects.toThrow('a function was expected as train of');
    },
    LONG,
  );

  test.each<[object]>([[{ slots: 0 }], [{ slots: 1.5 }], [{ limit: 0 }], [{ slot: 1 }]])('refuses %j', (options) => {
    expect(() => local(options)).toThrow(OptionError);
  });
});

describe.skipIf(process.platform !== 'linux')('a search that is killed', () => {
  const script = join(ROOT, 'test/helpers/search-process.ts');
  const start = ({ runs: _, ...study }: ReturnType<typeof fresh>): ChildProcess => {
    const file = join(study.out, '../study-options.json');
    writeFileSync(file, JSON.stringify(study));
    return spawn(process.execPath, ['--import', 'tsx', script, file, '2'], {
      cwd: ROOT,
      stdio: 'ignore',
      env: { ...process.env, KEEPGATE_TEST: root },
    });
  };
  const ended = (child: ChildProcess): Promise<number | null> =>
    new Promise((done) => {
      child.on('close', (status) => done(status));
    });
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise((done) => setTimeout(done, 20));
  };
  const noted = (study: ReturnType<typeof fresh>): number => {
    try {
      return study.runs().length;
    } catch {
      return 0;
    }
  };

  test(
    'at any instant goes on to the same journal, and leaves no process behind',
    async () => {
      const undisturbed = fresh();
      const result = await run(undisturbed);
      const study = fresh();
      for (let kill = 0; kill < 3; kill++) {
        const before = noted(study);
        const child = start(study);
        const end = ended(child);
        let isOver = false;
        void end.then(() => {
          isOver = true;
        });
        // Once some more trainings have begun: somewhere in one of them.
        await until(() => isOver || noted(study) > before + kill);
        child.kill('SIGKILL');
        await end;
        await until(() => processes().length === 0);
      }
      expect(await run(study)).toEqual(result);
      expect(timelessJournal(study.out)).toBe(timelessJournal(undisturbed.out));
    },
    LONG,
  );

  test(
    'in the middle of a training that never gives way leaves no process behind',
    async () => {
      const study = fresh('for (;;);');
      const child = start(study);
      await until(() => noted(study) > 0);
      expect(processes().length).toBeGreaterThan(0);
      child.kill('SIGKILL');
      await until(() => processes().length === 0);
    },
    LONG,
  );
});
