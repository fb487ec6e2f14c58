import {
  AbortError,
  type Callback,
  dense,
  DivergedError,
  key,
  lstm,
  meanSquaredError,
  OptionError,
  progressBar,
  sequential,
  sgd,
  type StepProgress,
  softmaxCrossEntropy,
  variational,
} from 'keepgate';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { epochLine, progressLine } from '../../../../src/train/callbacks/progress-line.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const AT = { step: 30, steps: 120, epoch: 2, epochs: 8, scores: { loss: 0.51234, accuracy: 0.75 } };
const ELAPSED = { seconds: 4, samples: 960, timesteps: 20_000, steps: 30 };

describe('the line of a run under way', () => {
  test('has epoch, share, scores, time left, samples and tokens a second', () => {
    expect(progressLine(AT, ELAPSED, { title: 'naive', width: 200 })).toBe(
      'naive: epoch 2/8 | █████░░░░░░░░░░░░░░░ 25% | loss 0.5123, accuracy 75.0% | 12 s left | 240 samples/s | 5,000 tokens/s',
    );
  });

  test.each([200, 100, 80, 40, 20])('is shorter than a terminal of %i columns', (width) => {
    expect(progressLine(AT, ELAPSED, { width }).length).toBeLessThan(width);
  });

  test('leaves out what is not known', () => {
    const none = { seconds: 0, samples: 0, timesteps: 0, steps: 0 };
    expect(progressLine({ ...AT, step: 1 }, none, { width: 200 })).not.toContain('left');
    expect(progressLine({ ...AT, steps: Number.NaN }, ELAPSED, { width: 200 })).not.toMatch(/█|left|NaN/);
    expect(progressLine(AT, { ...ELAPSED, timesteps: 960 }, { width: 200 })).not.toContain('tokens');
  });

  test.each([
    [1.25, '(1.3 s)'],
    [59, '(59 s)'],
    [125, '(2 min 5 s)'],
    [7300, '(2 h 1 min)'],
  ])('an epoch of %d seconds', (seconds, said) => {
    const epoch = { epoch: 1, training: { loss: 1 }, validation: { loss: 2 } };
    expect(epochLine(epoch, 3, seconds)).toBe(`epoch 1/3: loss 1.0000, validation: loss 2.0000 ${said}`);
  });
});

const data = {
  x: [
    [[1], [0]],
    [[0], [1], [1]],
    [[1], [1]],
  ],
  y: [0, 1, 1],
};
const told = { key: key(1), epochs: 2, batchSize: 2, loss: softmaxCrossEntropy() };
const make = () => sequential([lstm({ units: 3, dropout: variational({ recurrent: 0.5 }) }), dense({ units: 2 })]);

test('steps tell their epoch, the averages so far, samples, timesteps and plans', async () => {
  const seen: StepProgress[] = [];
  const model = make();
  const { epochs } = await model.fit(data, { ...told, callbacks: [{ onStep: (at) => void seen.push(at) }] });
  await model.dispose();
  expect(seen.map(({ step, steps, epoch, epochs: all }) => [step, steps, epoch, all])).toEqual([
    [1, 4, 1, 2],
    [2, 4, 1, 2],
    [3, 4, 2, 2],
    [4, 4, 2, 2],
  ]);
  expect((seen[0]?.samples ?? 0) + (seen[1]?.samples ?? 0)).toBe(3);
  expect((seen[0]?.timesteps ?? 0) + (seen[1]?.timesteps ?? 0)).toBe(7);
  expect(seen[1]?.scores).toEqual(epochs[0]?.training);
  expect(seen[3]?.scores).toEqual(epochs[1]?.training);
  for (const { plans, samples } of seen) {
    expect(plans.map(({ layer, label }) => [layer, label])).toEqual([[0, '_l0']]);
    expect(plans[0]?.plan.masks.recurrent?.sizes).toEqual({ gate: 1, time: 1, row: samples, unit: 3 });
  }
});

describe('onEnd', () => {
  const ends = async (options: object, callback: Callback = {}): Promise<[number, unknown]> => {
    let ended = 0;
    const model = make();
    const callbacks = [{ ...callback, onEnd: () => void ended++ }];
    const error = await model.fit(data, { ...told, ...options, callbacks }).catch((reason: unknown) => reason);
    // Whoever is told of the end may train again.
    await model.dispose();
    return [ended, error];
  };

  test('is called once, however training ends', async () => {
    expect((await ends({}))[0]).toBe(1);
    expect((await ends({}, { onEpoch: () => 'stop' }))[0]).toBe(1);
    const stop = new AbortController();
    const stopped = await ends({ signal: stop.signal }, { onStep: () => stop.abort() });
    expect([stopped[0], stopped[1] instanceof AbortError]).toEqual([1, true]);
    const wild = { optimizer: sgd({ learningRate: 3e38 }), epochs: 50 };
    const diverged = await ends(wild);
    expect([diverged[0], diverged[1] instanceof DivergedError]).toEqual([1, true]);
    const broken = await ends({}, { onStep: () => Promise.reject(new Error('of a callback')) });
    expect([broken[0], String(broken[1])]).toEqual([1, 'Error: of a callback']);
  });
});

describe('progressBar', () => {
  const { isTTY } = process.stderr;
  afterEach(() => {
    vi.restoreAllMocks();
    Object.defineProperty(process.stderr, 'isTTY', { value: isTTY, configurable: true });
  });

  test('without a terminal prints a line after each epoch', async () => {
    Object.defineProperty(process.stderr, 'isTTY', { value: false, configurable: true });
    const lines: string[] = [];
    const model = make();
    const callbacks = [progressBar({ title: 'a', print: (line) => void lines.push(line) })];
    await model.fit(data, { ...told, validation: data, callbacks });
    await model.dispose();
    expect(lines).toEqual(
      [1, 2].map((epoch) =>
        expect.stringMatching(
          new RegExp(
            `^a: epoch ${epoch}/2: loss \\d\\.\\d{4}, accuracy \\d+\\.\\d%, validation: loss \\d\\.\\d{4}, accuracy \\d+\\.\\d% \\(.+ s\\)$`,
          ),
        ),
      ),
    );
  });

  test('on a terminal draws a bar, which is gone when training ends, by an error too', async () => {
    Object.defineProperty(process.stderr, 'isTTY', { value: true, configurable: true });
    let written = '';
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      written += text;
      return true;
    });
    const clear = vi.spyOn(globalThis, 'clearTimeout');
    const model = sequential([dense({ units: 1 })]);
    const failing: Callback = {
      onStep: ({ step }) => (step === 2 ? Promise.reject(new Error('stop here')) : undefined),
    };
    const options = {
      key: key(1),
      epochs: 3,
      loss: meanSquaredError(),
      callbacks: [progressBar({ print: () => {} }), failing],
    };
    await expect(model.fit({ x: [[0], [1]], y: [[1], [3]] }, options)).rejects.toThrow('stop here');
    await model.dispose();
    expect(written).toContain('epoch 1/3');
    // A timer that is left would keep the process alive.
    expect(clear).toHaveBeenCalled();
    const before = written;
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect(written).toBe(before);
  });

  test.each([[{ titel: 'x' } as never], [{ title: 5 as never }], [{ print: 'x' as never }], [null as never]])(
    'refuses %j',
    async (options) => {
      await expectRefusal(() => progressBar(options), OptionError);
    },
  );
});
