import { compareSchemes, fold, key } from 'keepgate';
import { expect, test } from 'vitest';
import { type Measured, runOf } from '../../examples/temporal-order/compare.ts';
import { type Sequences, STEPS, temporalOrder } from '../../examples/temporal-order/sequences.ts';
import { table } from '../../examples/temporal-order/table.ts';
import { type Finished, runScript } from '../helpers/run-script.ts';

const example = (args: readonly string[]): Promise<Finished> => runScript('examples/temporal-order/main.ts', args);

/** What --json prints of a training. */
type Printed = Measured & { readonly scheme: string; readonly seed: number };

const tiny = ['--training', '40', '--test', '25'];

test('a sequence has two signals, in their ranges of steps, and their order is its class', () => {
  const { x, y } = temporalOrder(1000, key(3));
  const places = [new Set<number>(), new Set<number>()];
  for (const [i, tokens] of x.entries()) {
    expect(tokens).toHaveLength(STEPS);
    expect(tokens.every((token) => Number.isInteger(token) && token >= 1 && token <= 6)).toBe(true);
    const signals = [...tokens.entries()].filter(([, token]) => token >= 5);
    expect(signals).toHaveLength(2);
    const [first, second] = signals.map(([, token]) => token - 5) as [number, number];
    expect(y[i]).toBe(2 * first + second);
    for (const [n, [step]] of signals.entries()) places[n]?.add(step);
  }
  // 10 to 20 and 50 to 60 percent of 30 steps, ends included. That one of the steps, classes or fillers is missing
  // among 1000 sequences has a probability below 1e-100.
  const sorted = (values: Iterable<number>): number[] => [...new Set(values)].sort((a, b) => a - b);
  expect(places.map(sorted)).toEqual([
    [3, 4, 5, 6],
    [15, 16, 17, 18],
  ]);
  expect(sorted(y)).toEqual([0, 1, 2, 3]);
  expect(sorted(x.flat())).toEqual([1, 2, 3, 4, 5, 6]);
});

test('a sequence depends on the key and on its number alone', () => {
  const few = temporalOrder(5, key(3));
  const many = temporalOrder(9, key(3));
  const start: Sequences = { x: many.x.slice(0, 5), y: many.y.slice(0, 5) };
  expect(start).toEqual(few);
  expect(new Set(many.x.map(String)).size).toBe(9);
  expect(temporalOrder(5, fold(key(3), 'test')).x).not.toEqual(few.x);
});

test('the example trains each scheme with each seed and prints a table, the same one each time', {
  timeout: 120_000,
}, async () => {
  const args = ['--seeds', '2', '--epochs', '2', ...tiny];
  const { status, stdout, stderr } = await example(args);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  for (const scheme of [
    'no dropout',
    'naive',
    'variational',
    'update per step',
    'update per sequence',
    'memory per step',
    'rnnDrop',
    'rnnDrop literal',
    'zoneout',
    'weight drop',
  ]) {
    for (const seed of [1, 2])
      expect(stdout).toMatch(
        new RegExp(`^${scheme}, seed ${seed}: +\\d+\\.\\d% of the test sequences are right; \\d+\\.\\d s$`, 'm'),
      );
    expect(stdout).toMatch(new RegExp(`^${scheme}(?: +\\d+\\.\\d% ± \\d+\\.\\d){3}  0 of 2 +\\d+\\.\\d$`, 'm'));
  }
  expect(stdout).toMatch(/^naive - no dropout +test +-?\d+\.\d ± \d+\.\d +-$/m);
  expect(stdout).toContain('share of the 40 training sequences that are right');
  expect(stdout).toContain('share of 25 other sequences');

  const again = await example([...args, '--only', 'zoneout']);
  const linesOf = (text: string): string[] =>
    text.split('\n').flatMap((line) => (line.startsWith('zoneout,') ? [line.replace(/; .*/, '')] : []));
  expect(linesOf(again.stdout)).toEqual(linesOf(stdout));
  expect(linesOf(again.stdout)).toHaveLength(2);
});

test('what drops the memory once a sequence is learnt with masks, and lost in evaluation; without dropout it is not', {
  timeout: 120_000,
}, async () => {
  const { stdout } = await example([
    '--seeds',
    '1',
    '--epochs',
    '4',
    '--test',
    '200',
    '--only',
    'no dropout,rnnDrop literal',
    '--json',
  ]);
  const runs = stdout
    .trim()
    .split('\n')
    .map((line): Printed => JSON.parse(line));
  const [plain, memory] = runs as [Printed, Printed];
  expect(runs.map(({ scheme, seed, test }) => [scheme, seed, test.length])).toEqual([
    ['no dropout', 1, 4],
    ['rnnDrop literal', 1, 4],
  ]);
  // In evaluation the memory is halved at 12 steps and more. One training each, so the bounds are wide: after 15 epochs
  // five seeds had all right with masks, and at most 24% without; no dropout had all right.
  expect(plain.test.at(-1)).toBeGreaterThan(0.9);
  expect(plain.monteCarlo).toBe(plain.test.at(-1));
  expect(memory.training.at(-1)).toBeGreaterThan(0.9);
  expect(memory.monteCarlo).toBeGreaterThan(0.9);
  expect(memory.test.at(-1)).toBeLessThan(0.6);
});

test('the table has means and standard deviations in the end, and the first epoch with 99%', async () => {
  const compared = (measured: readonly Pick<Measured, 'test' | 'monteCarlo'>[]) =>
    compareSchemes(
      { naive: [] },
      async ({ seed }) => {
        const { test, monteCarlo } = measured[seed - 1] as Measured;
        return runOf({ training: [0.1, 0.1, 0.9], test, monteCarlo, seconds: seed });
      },
      { seeds: measured.length, key: key(0) },
    );
  // In the end 0.5, 1, 0.75; 99% in epoch 2, in epoch 3, never.
  const three = await compared([
    { test: [0.2, 0.99, 0.5], monteCarlo: 0.6 },
    { test: [0.2, 0.6, 1], monteCarlo: 0.7 },
    { test: [0.5, 0.98, 0.75], monteCarlo: 0.8 },
  ]);
  expect(table(three)).toBe(
    [
      'dropout        train   test, masks          test  solved  epoch  seconds',
      'naive    90.0% ± 0.0  70.0% ± 10.0  75.0% ± 25.0  2 of 3    2-3      2.0',
    ].join('\n'),
  );
  // One seed has no spread.
  const one = await compared([{ test: [0.25, 1], monteCarlo: 0.5 }]);
  expect(table(one)).toMatch(/^naive +90\.0% +50\.0% +100\.0% +1 of 1 +2 +1\.0$/m);
});

test('a mistake of the user is one line', { timeout: 120_000 }, async () => {
  for (const args of [['--only', 'naiv'], ['--seeds', '0'], ['somewhere']]) {
    const wrong = await example(args);
    expect(wrong.status).toBe(1);
    expect(wrong.stdout).toBe('');
    expect(wrong.stderr).toMatch(/^error: .*\n$/);
  }
});
