import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AbortError,
  adam,
  DataError,
  dense,
  embedding,
  fold,
  KeepgateError,
  key,
  lstm,
  split,
  TextClassifier,
  variational,
} from 'keepgate';
import type { Job, JobResult, Places, Task } from 'keepgate/search';
import { afterAll, describe, expect, test } from 'vitest';
import { jobId } from '../../../src/search/job.ts';
import { readCheckpoint } from '../../../src/train/checkpoints/checkpoint-folder.ts';
import { hashOfModule } from '../../../src/search/objectives/own-module.ts';
import { readTexts, TextTrainer } from '../../../src/search/objectives/texts.ts';
import { Runner } from '../../../src/search/runner.ts';
import { schemeText } from '../../../src/search/space.ts';
import { ResultStore } from '../../../src/search/store.ts';

const root = mkdtempSync(join(tmpdir(), 'keepgate-runner-'));
afterAll(() => rmSync(root, { recursive: true }));

const WORDS = ['warm', 'dull', 'clever', 'cold', 'film', 'story', 'bright', 'slow', 'kind', 'long'];
const rows = Array.from({ length: 40 }, (_, i) => {
  const words = [0, 1, 2, 3].map((k) => WORDS[(i * (k + 3) + k * k * 7) % WORDS.length]);
  return `${words.join(' ')} n${i},${words.includes('warm') || words.includes('kind') ? 'good' : 'bad'}`;
});
const path = join(root, 'texts.csv');
writeFileSync(path, `text,label\n${rows.join('\n')}\n`);
const texts = { path, reading: { text: 'text', label: 'label' } };

let folders = 0;
function fresh(more: Partial<Places> = {}): Places {
  const folder = join(root, `${folders++}`);
  for (const name of ['', 'results', 'checkpoints']) mkdirSync(join(folder, name));
  return { folder, ...more };
}

const PARAMS = {
  scheme: 'variational(input={i},recurrent={r})',
  i: 0.2,
  r: 0.3,
  units: 6,
  embedding: 5,
  minCount: 1,
  learningRate: 0.02,
  batchSize: 8,
};
const job = (task: Task, from: number, to: number, before: string | null = null): Job => {
  return { format: 'keepgate-job-1', keepgate: '0', task, params: PARAMS, seed: 3, fold: 0, from, to, before };
};
const textTask = async (folds: number | null = null): Promise<Task> => {
  return { kind: 'texts', texts: (await readTexts(texts)).hash, holdout: 0.25, folds };
};
const scoresOf = (result: JobResult): readonly object[] => (result as { scores: object[] }).scores;

describe('a job of texts', () => {
  test('that goes on from the rung before comes to the bits of one that began anew', async () => {
    const task = await textTask();
    const places = fresh({ texts });
    const runner = new Runner(places, 'here');
    const first = job(task, 0, 2);
    const second = job(task, 2, 5, await jobId(first));
    const [early, late] = [await runner.run(first), await runner.run(second)];
    expect(scoresOf(early)).toHaveLength(2);
    expect(readdirSync(join(places.folder, 'checkpoints', await jobId(first)))).toEqual([
      expect.stringMatching(/^step-/),
    ]);

    const whole = await new Runner(fresh({ texts }), 'there').run(job(task, 0, 5));
    expect([...scoresOf(early), ...scoresOf(late)]).toEqual(scoresOf(whole));
    // Where the checkpoint is lost, it begins anew.
    expect(await new Runner(fresh({ texts }), 'elsewhere').run(second)).toEqual(late);
  });

  test('that a signal stops goes on from its checkpoint, to the same bits', async () => {
    const task = await textTask();
    const places = fresh({ texts });
    const long = job(task, 0, 6);
    const controller = new AbortController();
    const checkpoint = join(places.folder, 'checkpoints', await jobId(long));
    mkdirSync(checkpoint);
    const trainer = new TextTrainer(texts);
    await trainer.prepare(task as Extract<Task, { kind: 'texts' }>);
    const trial = {
      params: PARAMS,
      scheme: schemeText(PARAMS),
      seed: 3,
      fold: 0,
      from: 0,
      to: 6,
      folder: checkpoint,
      resume: null,
    };
    let epochs = 0;
    const stop = (): void => {
      epochs += 1;
      if (epochs === 2) controller.abort();
    };
    const stopped = trainer.train(trial, task as Extract<Task, { kind: 'texts' }>, stop, controller.signal);
    await expect(stopped).rejects.toThrow(AbortError);
    // Of a runner it is no failure either.
    await expect(new Runner(places, 'here').run(job(task, 0, 5), controller.signal)).rejects.toThrow(AbortError);
    expect(readdirSync(join(places.folder, 'results'))).toEqual([]);
    expect(readdirSync(checkpoint)).toEqual([expect.stringMatching(/^step-/)]);
    const { history, updates } = await readCheckpoint(checkpoint);
    expect([history.length, updates > 0]).toEqual([2, true]);
    const went = await new Runner(places, 'here').run(long);
    const whole = await new Runner(fresh({ texts }), 'there').run(long);
    expect(went).toEqual(whole);
    // One whose result alone was lost has nothing left to train.
    rmSync(join(places.folder, 'results', `${await jobId(long)}.json`));
    expect(await new Runner(places, 'here').run(long)).toEqual(whole);
    // And what is damaged is trained anew.
    rmSync(join(places.folder, 'results', `${await jobId(long)}.json`));
    for (const step of readdirSync(checkpoint)) {
      for (const name of readdirSync(join(checkpoint, step))) writeFileSync(join(checkpoint, step, name), 'damaged');
    }
    expect(await new Runner(places, 'here').run(long)).toEqual(whole);
  });

  test('can be scored on texts of their own, of which none is held out', async () => {
    const other = join(root, 'validation.csv');
    writeFileSync(other, `text,label\n${rows.slice(0, 7).join('\n')}\n`);
    const read = await readTexts({ ...texts, validation: other });
    const task: Task = { ...(await textTask()), validation: read.validationHash as string } as Task;
    const places = fresh({ texts: { ...texts, validation: other } });
    const [first] = scoresOf(await new Runner(places, 'here').run(job(task, 0, 1))) as Record<string, number>[];
    // Of seven texts.
    expect((first?.['validation.accuracy'] as number) * 7).toBeCloseTo(
      Math.round((first?.['validation.accuracy'] as number) * 7),
      6,
    );
    // Others in their place are no longer those of the job.
    writeFileSync(other, `text,label\n${rows.slice(1, 8).join('\n')}\n`);
    await expect(new Runner(places, 'here').run(job(task, 0, 2))).rejects.toThrow(DataError);
    writeFileSync(other, 'text,label\nwarm film,unheard of\n');
    await expect(readTexts({ ...texts, validation: other })).rejects.toThrow(
      /labels of .* were expected, but "unheard of" came/,
    );
  });

  test('is the training that one would write by hand', async () => {
    const { data } = await readTexts(texts);
    const { train, test: held } = split(data, 0.25, fold(key(3), 'split'));
    const classifier = TextClassifier.from(train, {
      level: 'word',
      minCount: 1,
      layers: ({ vocabulary, classes, unknown }) => [
        embedding({ vocabulary, units: 5, unknown }),
        lstm({ units: 6, dropout: variational({ input: 0.2, recurrent: 0.3 }) }),
        dense({ units: classes }),
      ],
    });
    const optimizer = adam({ learningRate: 0.02 });
    const { epochs } = await classifier.fit(train, {
      key: key(3),
      epochs: 3,
      batchSize: 8,
      clipNorm: 5,
      optimizer,
      validation: held,
    });
    await classifier.model.dispose();
    const result = await new Runner(fresh({ texts }), 'here').run(job(await textTask(), 0, 3));
    expect(scoresOf(result)).toEqual(
      epochs.map(({ training, validation }) => ({
        'training.loss': training.loss,
        'training.accuracy': training.accuracy,
        'validation.loss': validation?.loss,
        'validation.accuracy': validation?.accuracy,
      })),
    );
  });

  test('of another fold has other texts', async () => {
    const task = await textTask(4);
    const runner = new Runner(fresh({ texts }), 'here');
    const results = [0, 1].map((number) => runner.run({ ...job(task, 0, 1), fold: number }));
    expect(scoresOf(await (results[0] as Promise<JobResult>))).not.toEqual(
      scoresOf(await (results[1] as Promise<JobResult>)),
    );
  });

  test('whose texts are others is refused, and none that has failed', async () => {
    const task = await textTask();
    const other = join(root, 'other.csv');
    writeFileSync(other, `text,label\n${rows.slice(1).join('\n')}\n`);
    const places = fresh({ texts: { ...texts, path: other } });
    const error = await new Runner(places, 'here').run(job(task, 0, 1)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DataError);
    expect((error as Error).message).toContain('the texts that the study began with were expected in');
    expect(readdirSync(join(places.folder, 'results'))).toEqual([]);
  });

  test('that diverges is a result', async () => {
    const params = { ...PARAMS, optimizer: 'sgd', learningRate: 1e38, clipNorm: 1e38 };
    const result = await new Runner(fresh({ texts }), 'here').run({ ...job(await textTask(), 0, 3), params });
    expect(result).toMatchObject({ diverged: expect.stringContaining('a finite loss was expected') });
  });
});

describe('a job of a module', () => {
  let modules = 0;
  async function moduleOf(code: string): Promise<{ task: Task; places: Places }> {
    const module = join(root, `objective-${modules++}.mjs`);
    writeFileSync(module, code);
    return { task: { kind: 'module', module: await hashOfModule(module) }, places: fresh({ module }) };
  }

  test('is told all that it may need, and what the rung before left', async () => {
    const { task, places } = await moduleOf(`
      import { readFileSync, writeFileSync } from 'node:fs';
      export function train({ params, scheme, seed, fold, from, to, folder, resume }) {
        const before = resume === null ? 0 : Number(readFileSync(resume + '/sum', 'utf8'));
        writeFileSync(folder + '/sum', String(before + to - from));
        return { scores: Array.from({ length: to - from }, (_, i) => ({ sum: before + i, r: params.r, seed, text: scheme.length })) };
      }`);
    const runner = new Runner(places, 'here');
    const first = job(task, 0, 2);
    expect(scoresOf(await runner.run(first))).toEqual([0, 1].map((sum) => ({ sum, r: 0.3, seed: 3, text: 36 })));
    const second = await runner.run(job(task, 2, 3, await jobId(first)));
    expect(scoresOf(second)).toEqual([{ sum: 2, r: 0.3, seed: 3, text: 36 }]);
  });

  test('runs once: what is kept of it comes back, and another result is a fault that is told', async () => {
    const { task, places } = await moduleOf(`
      export const train = () => ({ scores: [{ now: performance.now() }] });`);
    const runner = new Runner(places, 'machine a');
    const first = await runner.run(job(task, 0, 1));
    expect(await runner.run(job(task, 0, 1))).toEqual(first);
    const [name] = readdirSync(join(places.folder, 'results'));
    expect(name).toBe(`${await jobId(job(task, 0, 1))}.json`);
    // As where it is handed out twice: two machines train it, and the one that is second is compared with the first.
    const twice = fresh(places.module === undefined ? {} : { module: places.module });
    const [a, b] = await Promise.all(['a', 'b'].map((name) => new Runner(twice, name).train(job(task, 0, 1))));
    const store = new ResultStore(twice.folder);
    await store.write(job(task, 0, 1), a as JobResult, 'machine a');
    await store.write(job(task, 0, 1), a as JobResult, 'machine c');
    const error: unknown = await store.write(job(task, 0, 1), b as JobResult, 'machine b').catch((reason) => reason);
    expect(error).toBeInstanceOf(KeepgateError);
    expect((error as Error).message).toMatch(
      /^search: the same result was expected of j-\w{32} each time, but on machine a came .*, and on machine b .*; one of the machines errs/,
    );
    expect(await store.read(job(task, 0, 1))).toEqual(a);
    expect(readdirSync(join(twice.folder, 'results'))).toHaveLength(1);
  });

  test.each<[string, string, object]>([
    ['throws', `export const train = () => { throw new Error('no luck'); };`, { failed: 'no luck' }],
    [
      'gives nothing',
      `export const train = () => {};`,
      { failed: expect.stringContaining('{ scores } with 2 objects of numbers was expected') },
    ],
    [
      'gives too few scores',
      `export const train = () => ({ scores: [{ a: 1 }] });`,
      { failed: expect.stringContaining('one an epoch after 0') },
    ],
    [
      'gives a text',
      `export const train = () => ({ scores: [{ a: 1 }, { a: 'x' }] });`,
      { failed: expect.stringContaining('objects of numbers') },
    ],
    [
      'gives what is not finite',
      `export const train = () => ({ scores: [{ a: 1 }, { a: NaN }] });`,
      { diverged: 'a score of epoch 2 is not finite', scores: [{ a: 1 }] },
    ],
  ])('that %s has this as its result', async (_, code, expected) => {
    const { task, places } = await moduleOf(code);
    expect(await new Runner(places, 'here').run(job(task, 0, 2))).toMatchObject(expected);
    expect(readdirSync(join(places.folder, 'results'))).toHaveLength(1);
  });

  test.each<[string, string, string]>([
    ['has no train', 'export const fit = 1;', 'a function was expected as train of'],
    ['cannot be imported', 'export const = 1;', 'was to be imported, but it threw'],
  ])('that %s is refused, and no trial has failed', async (_, code, message) => {
    const { task, places } = await moduleOf(code);
    await expect(new Runner(places, 'here').run(job(task, 0, 1))).rejects.toThrow(message);
    expect(readdirSync(join(places.folder, 'results'))).toEqual([]);
  });

  test('that is another one by now is refused', async () => {
    const { task, places } = await moduleOf('export const train = () => ({ scores: [{ a: 1 }] });');
    writeFileSync(places.module as string, 'export const train = () => ({ scores: [{ a: 2 }] });');
    await expect(new Runner(places, 'here').run(job(task, 0, 1))).rejects.toThrow(
      'the module that the study began with was expected at',
    );
  });

  test('whose result was damaged is refused', async () => {
    const { task, places } = await moduleOf('export const train = () => ({ scores: [{ a: 1 }] });');
    const runner = new Runner(places, 'here');
    await runner.run(job(task, 0, 1));
    const file = join(places.folder, 'results', `${await jobId(job(task, 0, 1))}.json`);
    const text = readFileSync(file, 'utf8');
    for (const damaged of [text.slice(0, 50), '{}', text.replace('"seed":3', '"seed":4')]) {
      writeFileSync(file, damaged);
      await expect(runner.run(job(task, 0, 1))).rejects.toThrow('remove it, and it is trained again');
    }
    rmSync(file);
    await runner.run(job(task, 0, 1));
    expect(existsSync(file)).toBe(true);
  });
});

test('a job is named by its content', async () => {
  const task: Task = { kind: 'module', module: 'a' };
  const name = await jobId(job(task, 0, 1));
  expect(name).toMatch(/^j-[0-9a-f]{32}$/);
  const { params, ...others } = job(task, 0, 1);
  expect(await jobId({ ...others, params: Object.fromEntries(Object.entries(params).reverse()) })).toBe(name);
  expect(await jobId(job(task, 0, 2))).not.toBe(name);
});
