import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Driver, Job, JobResult, StudyOptions } from 'keepgate/search';

/** A module for studies whose driver does not import it. */
export function toyStudy(folder: string, more: Partial<StudyOptions> = {}): StudyOptions {
  const module = join(folder, 'objective.mjs');
  writeFileSync(module, '// The driver of the test knows what comes of a job.\n');
  return {
    module,
    space: { scheme: ['none', 'naive(input={i})'], i: [0, 0.5], x: [0, 1] },
    out: join(folder, 'study'),
    trials: 20,
    epochs: 9,
    seeds: 2,
    ...more,
  };
}

/** What comes of a job: the nearer x is to 0.3, the better. Of some x training diverges, of others it fails. */
export function toyResult({ params, seed, from, to }: Job): JobResult {
  const x = Number(params.x);
  if (x > 0.97) return { failed: 'x is too large' };
  const scores = Array.from({ length: to - from }, (_, i) => {
    const epoch = from + i + 1;
    return {
      'validation.accuracy':
        Math.round(1e6 * (1 - Math.abs(x - 0.3) - 0.1 / epoch + 0.01 * Math.sin(seed * 7 + 100 * x + epoch))) / 1e6,
    };
  });
  return x > 0.9 ? { scores: scores.slice(1), diverged: 'the loss is no number' } : { scores };
}

/** Runs jobs in this process, each after as many turns of the event loop as it is told. @param ran is told of each */
export function toyDriver(turns: (job: Job) => number = () => 0, ran: (job: Job) => void = () => {}): Driver {
  return {
    open: async () => ({
      async run(job) {
        for (let i = turns(job); i > 0; i--) await new Promise((done) => setImmediate(done));
        ran(job);
        return toyResult(job);
      },
      async close() {},
    }),
  };
}

/** The journal of a study but for the times of day. */
export function timelessJournal(out: string): string {
  return readFileSync(join(out, 'journal.jsonl'), 'utf8').replaceAll(/"datetime_\w+":"[^"]*"/g, '"datetime":""');
}
