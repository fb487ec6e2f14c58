import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir, uptime } from 'node:os';
import { join } from 'node:path';
import {
  AbortError,
  adam,
  type Callback,
  checkpoint,
  createEngine,
  dense,
  earlyStopping,
  embedding,
  type FitOptions,
  gru,
  key,
  lstm,
  ModelError,
  type Model,
  OptionError,
  sequential,
  softmaxCrossEntropy,
  variational,
} from 'keepgate';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { expectSameBits } from '../../../helpers/numeric.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';
import { actAs } from '../../../helpers/watched-disk.ts';

vi.mock('node:fs/promises', async (original) => {
  const { watchedDisk } = await import('../../../helpers/watched-disk.ts');
  return watchedDisk(await original<typeof import('node:fs/promises')>());
});

let root: string;
let dir: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'keepgate-checkpoint-'));
  dir = join(root, 'checkpoints');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const examples = { x: [[3, 1, 4, 1], [5, 2], [2, 6, 5], [3, 5, 1, 4, 2], [6, 1], [4]], y: [0, 1, 1, 0, 0, 1] };
const told: FitOptions = {
  key: key(9),
  epochs: 3,
  batchSize: 2,
  loss: softmaxCrossEntropy(),
  optimizer: adam({ learningRate: 0.02 }),
  validation: examples,
};
const fresh = (): Model =>
  sequential(
    [
      embedding({ vocabulary: 7, units: 3 }),
      lstm({ units: 4, dropout: variational({ recurrent: 0.35 }) }),
      dense({ units: 2 }),
    ],
    { engine: 'reference' },
  );

const plain = fresh();
const whole = await plain.fit(examples, told);

/** The checkpoints that there are. What says that the folder is in use is none. */
async function steps(): Promise<string[]> {
  return (await readdir(dir).catch(() => [])).filter((name) => name !== '.keepgate-in-use').sort();
}

/** Ends the run by a signal after a step. */
function endsAfter(step: number): { signal: AbortSignal; callback: Callback } {
  const stop = new AbortController();
  return {
    signal: stop.signal,
    callback: { onStep: (progress) => (progress.step === step ? stop.abort() : undefined) },
  };
}

describe('a run with checkpoints', () => {
  test.each([1, 2, 3, 4, 6, 8])(
    'that a signal ends after step %i goes on to the bits of one that never stopped',
    async (step) => {
      const { signal, callback } = endsAfter(step);
      const begun = fresh();
      const fit = begun.fit(examples, { ...told, signal, callbacks: [checkpoint({ dir }), callback] });
      await expect(fit).rejects.toThrow(AbortError);
      expect(await readdir(dir)).toEqual([`step-0000000${step}`]);
      const model = fresh();
      const rest = await model.fit(examples, { ...told, callbacks: [checkpoint({ dir })], resume: dir });
      expect(rest).toEqual(whole);
      expectSameBits(await model.getWeights(), await plain.getWeights());
      expect(await readdir(dir)).toEqual(['step-00000009']);
    },
  );

  test('has one after each epoch, the newest of which stay', async () => {
    const seen: string[][] = [];
    const onPause = async (): Promise<void> => void seen.push(await steps());
    await fresh().fit(examples, { ...told, callbacks: [checkpoint({ dir, keep: 2 }), { onPause }] });
    const [third, sixth, ninth] = ['step-00000003', 'step-00000006', 'step-00000009'] as const;
    const one = [third];
    const two = [third, sixth];
    const last = [sixth, ninth];
    expect(seen).toEqual([[], [], [], one, one, one, one, two, two, two, two, last]);
  });

  test('has one after each step where the seconds are over by then', async () => {
    const seen: string[][] = [];
    const onPause = async (): Promise<void> => void seen.push(await steps());
    await fresh().fit(examples, { ...told, epochs: 1, callbacks: [checkpoint({ dir, every: 1e-9 }), { onPause }] });
    expect(seen.flat()).toEqual([1, 2, 3, 3].map((step) => `step-0000000${step}`));
    await rm(dir, { recursive: true });
    seen.length = 0;
    await fresh().fit(examples, {
      ...told,
      epochs: 1,
      callbacks: [checkpoint({ dir, every: 1e6 }), { onPause: async () => void seen.push(await steps()) }],
    });
    expect(seen).toEqual([[], [], [], ['step-00000003']]);
  });

  test('has in them what callbacks behind it remember of the same step', async () => {
    const counts = (): Callback & { seen: number[] } => {
      const seen: number[] = [];
      return {
        seen,
        name: 'counts',
        onEpoch: ({ epoch }) => void seen.push(epoch),
        state: () => seen,
        restore: (state) => void seen.splice(0, seen.length, ...(state as number[])),
      };
    };
    const { signal, callback } = endsAfter(7);
    const fit = fresh().fit(examples, {
      ...told,
      signal,
      callbacks: [checkpoint({ dir }), counts(), earlyStopping(), callback],
    });
    await expect(fit).rejects.toThrow(AbortError);
    const again = counts();
    await fresh().fit(examples, { ...told, resume: dir, callbacks: [checkpoint({ dir }), again, earlyStopping()] });
    expect(again.seen).toEqual([1, 2, 3]);
  });

  test('may be made longer when it is over', async () => {
    await fresh().fit(examples, { ...told, epochs: 2, callbacks: [checkpoint({ dir })] });
    const model = fresh();
    expect(await model.fit(examples, { ...told, resume: dir, callbacks: [checkpoint({ dir })] })).toEqual(whole);
    expectSameBits(await model.getWeights(), await plain.getWeights());
  });
});

describe('two runs into one folder', () => {
  /** Does something else after the first step of a run. */
  const beside = (act: () => Promise<void>): Callback => {
    let isFirst = true;
    return {
      async onPause() {
        if (isFirst) await act();
        isFirst = false;
      },
    };
  };
  const inUse = () => join(dir, '.keepgate-in-use');
  const by = (pid: number, host = hostname()): string => JSON.stringify({ pid, host });

  test('the second is refused while the first is at work, which is as if nothing had been', async () => {
    const other = fresh();
    const second = async (): Promise<void> => {
      const fit = () => other.fit(examples, { ...told, callbacks: [checkpoint({ dir })] });
      await expectRefusal(fit, ModelError, 'no other run writes to', 'another run of this process does');
      expect(other.updates).toBe(0);
    };
    const model = fresh();
    expect(await model.fit(examples, { ...told, callbacks: [checkpoint({ dir }), beside(second)] })).toEqual(whole);
    expect(await readdir(dir)).toEqual(['step-00000009']);
    await rm(dir, { recursive: true });
    await other.fit(examples, { ...told, callbacks: [checkpoint({ dir })] });
  });

  test('that begin at once: one of them ends after its first step', async () => {
    const models = [fresh(), fresh()];
    const fits = models.map((model) => model.fit(examples, { ...told, callbacks: [checkpoint({ dir })] }));
    const ends = await Promise.allSettled(fits);
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const [refused] = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
    expect(refused).toBeInstanceOf(ModelError);
    expect(String(refused)).toContain('another run of this process does');
    expect(models.map(({ updates }) => updates).sort()).toEqual([1, 9]);
  });

  test('of which one is another process that lives', async () => {
    await mkdir(dir);
    await writeFile(inUse(), by(process.ppid));
    const model = fresh();
    const fit = () => model.fit(examples, { ...told, callbacks: [checkpoint({ dir })] });
    await expectRefusal(fit, ModelError, `process ${process.ppid} does`, 'or remove', '.keepgate-in-use');
    expect([model.updates, await readdir(dir)]).toEqual([0, ['.keepgate-in-use']]);
  });

  test.each<[string, () => Promise<void> | void]>([
    ['a process that was killed', () => writeFile(inUse(), by(2 ** 22 + 5))],
    ['one with the number of this, as in a container that began again', () => writeFile(inUse(), by(process.pid))],
    ['a process of another machine, which nobody sees', () => writeFile(inUse(), by(process.ppid, 'elsewhere'))],
    ['nobody, as its disk was full', () => writeFile(inUse(), '')],
    [
      'a process of before the machine was started again',
      async () => {
        await writeFile(inUse(), by(process.ppid));
        const before = Date.now() / 1000 - uptime() - 60;
        await utimes(inUse(), before, before);
      },
    ],
  ])('what is left of %s is in the way of nobody', async (_, leave) => {
    await mkdir(dir);
    await leave();
    const { signal, callback } = endsAfter(4);
    const cut = { ...told, signal, callbacks: [checkpoint({ dir }), callback] };
    await expect(fresh().fit(examples, cut)).rejects.toThrow(AbortError);
    await leave();
    const model = fresh();
    expect(await model.fit(examples, { ...told, resume: dir, callbacks: [checkpoint({ dir })] })).toEqual(whole);
    expect(await readdir(dir)).toEqual(['step-00000009']);
  });

  test('where none was written, nothing is left', async () => {
    const { signal, callback } = endsAfter(1);
    const nothing: Callback = { onPause: () => Promise.reject(new Error('enough')) };
    const fit = fresh().fit(examples, { ...told, signal, callbacks: [nothing, checkpoint({ dir }), callback] });
    await expect(fit).rejects.toThrow('enough');
    expect(await readdir(root)).toEqual([]);
  });
});

describe('a disk that is full', () => {
  test('lets training go on, with one warning, and keeps the last whole checkpoint', async () => {
    const toldOf: string[] = [];
    let isFull = false;
    const disk = (name: string): void => {
      if (isFull && name === 'write')
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    };
    const onStep: Callback['onStep'] = ({ step }) => {
      isFull = step > 3;
    };
    const callbacks = [{ onStep }, checkpoint({ dir, every: 1e-9, onWarning: (line) => toldOf.push(line) })];
    const model = fresh();
    const { epochs, warnings } = await actAs(disk, () => model.fit(examples, { ...told, callbacks }));
    expect(epochs).toEqual(whole.epochs);
    expectSameBits(await model.getWeights(), await plain.getWeights());
    expect(warnings).toEqual(toldOf);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(
      /^checkpoint: none could be written after step 4, and training goes on; .*the disk is full \(ENOSPC[^\n]*$/,
    );
    expect(await readdir(dir)).toEqual(['step-00000003']);
    const again = fresh();
    expect((await again.fit(examples, { ...told, resume: dir })).epochs).toEqual(whole.epochs);
  });
});

describe('refused before training, with the model as it was:', () => {
  const refused = async (
    more: Partial<FitOptions>,
    type: typeof ModelError | typeof OptionError,
    ...parts: string[]
  ) => {
    const model = fresh();
    await expectRefusal(() => model.fit(examples, { ...told, ...more }), type, ...parts);
    expect([model.input, model.updates]).toEqual([null, 0]);
    await model.dispose();
  };
  const callbacks = () => [checkpoint({ dir })];

  test('what could not be made again from a file', async () => {
    for (const byHand of [{ optimizer: { ...adam() } }, { loss: { ...softmaxCrossEntropy() } }])
      await refused({ ...byHand, callbacks: callbacks() }, ModelError, 'put together by hand');
    const layers = fresh().layers.map((layer) => ({ ...layer }));
    const model = sequential(layers, { engine: 'reference' });
    const act = () => model.fit(examples, { ...told, callbacks: callbacks() });
    await expectRefusal(act, ModelError, 'checkpoint: a layer', '"embedding" was put together by hand');
    expect(model.input).toBeNull();
    expect(await readdir(root)).toEqual([]);
  });

  test('a folder that is none, or of another run', async () => {
    await writeFile(join(root, 'file'), '');
    await refused({ callbacks: [checkpoint({ dir: join(root, 'file') })] }, ModelError, 'a folder was expected');
    await fresh().fit(examples, { ...told, callbacks: callbacks() });
    await refused({ callbacks: callbacks() }, ModelError, 'but it has step-00000009; go on from it with resume');
  });

  test('a checkpoint of another model, engine or run, or none', async () => {
    await refused({ resume: dir }, ModelError, 'a folder with a checkpoint was expected', 'there is none');
    await refused({ resume: '' }, OptionError, 'the path of a folder was expected');
    await fresh().fit(examples, { ...told, epochs: 2, callbacks: callbacks() });
    await refused({ resume: dir, batchSize: 3 }, ModelError, 'resume: batchSize 2 was expected');
    const others = [
      sequential([embedding({ vocabulary: 7, units: 3 }), gru({ units: 4 }), dense({ units: 2 })], {
        engine: 'reference',
      }),
      // The same weights, and other dropout.
      sequential([embedding({ vocabulary: 7, units: 3 }), lstm({ units: 4 }), dense({ units: 2 })], {
        engine: 'reference',
      }),
    ];
    for (const other of others) {
      const act = () => other.fit(examples, { ...told, resume: dir });
      await expectRefusal(act, ModelError, 'resume: layer 1 {', 'was expected, as the run began with it');
    }
    const engine = await createEngine('simd', { threads: 1 });
    const narrow = sequential(fresh().layers, { engine });
    const act = () => narrow.fit(examples, { ...told, resume: dir });
    await expectRefusal(act, ModelError, 'resume: an engine of float64 was expected');
    await engine.dispose();
  });

  test('other metrics than those of the epoch under way, which would be scored in part', async () => {
    for (const steps of [4, 6]) {
      await rm(dir, { recursive: true, force: true });
      const { signal, callback } = endsAfter(steps);
      const cut = { ...told, signal, callbacks: [checkpoint({ dir }), callback] };
      await expect(fresh().fit(examples, cut)).rejects.toThrow(AbortError);
      const other = { ...told, metrics: ['f1'], resume: dir };
      await refused(other, ModelError, 'resume: metrics ["accuracy"] were expected', 'but ["f1"] came; pass the same');
    }
  });

  test('as many epochs as are over, where another is under way: its weights are of no epoch', async () => {
    const { signal, callback } = endsAfter(4);
    const cut = (more: Callback[]) => ({ ...told, signal, callbacks: [checkpoint({ dir }), ...more, callback] });
    await expect(fresh().fit(examples, cut([]))).rejects.toThrow(AbortError);
    await refused({ resume: dir, epochs: 1 }, ModelError, 'more than 1 epochs', 'another is under way', 'but 1 came');
    const model = fresh();
    expect((await model.fit(examples, { ...told, epochs: 2, resume: dir })).epochs).toEqual(whole.epochs.slice(0, 2));
    // With weights that were kept, those are what the run comes to.
    await rm(dir, { recursive: true });
    const again = endsAfter(4);
    const kept = { ...told, callbacks: [checkpoint({ dir }), earlyStopping(), again.callback], signal: again.signal };
    await expect(fresh().fit(examples, kept)).rejects.toThrow(AbortError);
    expect((await fresh().fit(examples, { ...told, epochs: 1, resume: dir })).keptEpoch).toBe(1);
  });

  test('options that it does not have', async () => {
    for (const wrong of [
      {},
      { dir: '' },
      { dir: 7 },
      { dir, every: 'step' },
      { dir, every: 0 },
      { dir, keep: 0 },
      { dir, onWarning: 1 },
      { dir, evry: 2 },
    ])
      await expectRefusal(() => checkpoint(wrong as never), OptionError, 'checkpoint: ');
  });
});
