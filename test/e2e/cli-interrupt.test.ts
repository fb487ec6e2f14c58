import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ROOT } from '../helpers/run-script.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

let folder: string;
let data: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-interrupt-'));
  data = join(folder, 'data.csv');
  const rows = Array.from({ length: 400 }, (_, i) => `"text number ${i} is ${i % 2 ? 'good' : 'bad'}",${i % 2}`);
  await writeFile(data, ['text,label', ...rows].join('\n'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Learned and drawn: dropout, a schedule of its rate, and a rate that is learned. */
const TOLD =
  '--text text --label label --threads 1 --units 8 --embedding 6 --dropout variational(recurrent=0.3)+concrete(input=0.2)+zoneout(hidden=curriculum(0.2),scope=step)'.split(
    ' ',
  );

interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `keepgate train`, which is sent a signal when it has said something. */
function train(
  args: readonly string[],
  signals: readonly (readonly [said: string, NodeJS.Signals])[] = [],
): Promise<Ended> {
  const all = ['--import', 'tsx', 'src/cli/main.ts', 'train', data, ...TOLD, ...args];
  const child = spawn(process.execPath, all, { cwd: ROOT });
  let [stdout, stderr] = ['', ''];
  const left = [...signals];
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    while (left[0] && stdout.includes(left[0][0])) child.kill((left.shift() as (typeof left)[0])[1]);
  });
  return new Promise((resolve) => {
    child.on('close', (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
}

const weightsOf = (out: string): Promise<Buffer> => readFile(join(out, 'weights.safetensors'));

/** What is said of epochs and results, but for the time that it took. */
const told = ({ stdout }: Ended): string[] =>
  stdout
    .split('\n')
    .filter((line) => /^(epoch|accuracy|learned|the weights)/.test(line))
    .map((line) => line.replace(/ \([\d.]+ s\)$/, ''));

test('Ctrl-C without a folder to save to ends a training after its step, in one line, with status 130', async () => {
  const { status, stderr } = await train(['--epochs', '100000'], [['epoch 1/', 'SIGINT']]);
  expect(stderr).toBe('keepgate: Ctrl-C stopped it before its end, and nothing was written; run it again\n');
  expect(status).toBe(130);
  expect(await readdir(folder)).toEqual(['data.csv']);
});

test('a training that was stopped by Ctrl-C, and killed, goes on to the bits of one that never was', async () => {
  const [plain, cut] = [join(folder, 'plain'), join(folder, 'cut')];
  const epochs = ['--epochs', '8', '--patience', '3'];
  const whole = await train([...epochs, '--out', plain]);
  expect([whole.status, whole.stderr]).toEqual([0, '']);
  expect((await readdir(plain)).sort()).toEqual(['checksums.json', 'model.json', 'text.json', 'weights.safetensors']);

  const stopped = await train([...epochs, '--out', cut], [['epoch 2/', 'SIGINT']]);
  expect(stopped.stderr).toMatch(
    /^keepgate: Ctrl-C stopped it; what was done is kept in ".*", up to step \d+: the same command with --resume goes on\n$/,
  );
  expect(stopped.status).toBe(130);
  expect(await readdir(cut)).toEqual(['.keepgate-checkpoint']);

  // Without --resume nothing of it is lost, with other options neither.
  const again = await train([...epochs, '--out', cut]);
  expect(again.stderr).toMatch(
    /^keepgate: train: a folder without a training .* add --resume to go on from it, or remove [^\n]*\n$/,
  );
  expect(again.status).toBe(2);
  for (const [flag, value, message] of [
    [
      '--seed',
      '2',
      '--resume: --seed 1 was expected, as the training began with it, but 2 came; give the same command',
    ],
    [
      '--patience',
      '2',
      '--resume: --patience 3 was expected, as the training began with it, but 2 came; give the same command',
    ],
  ] as const) {
    const others = ['--epochs', '8', ...(flag === '--patience' ? [] : ['--patience', '3']), flag, value];
    const other = await train([...others, '--out', cut, '--resume']);
    expect([other.status, other.stderr]).toEqual([2, `keepgate: ${message}\n`]);
  }

  const killed = await train([...epochs, '--out', cut, '--resume'], [['epoch 4/', 'SIGKILL']]);
  expect(killed.signal).toBe('SIGKILL');
  expect(await readdir(cut)).toEqual(['.keepgate-checkpoint']);
  const copy = join(folder, 'copy');
  await cp(cut, copy, { recursive: true });

  for (const out of [cut, copy]) {
    const rest = await train([...epochs, '--out', out, '--resume']);
    expect([rest.status, rest.stderr]).toEqual([0, '']);
    expect(rest.stdout).toMatch(/^going on after step \d+ and \d epochs$/m);
    expect(await weightsOf(out)).toEqual(await weightsOf(plain));
    expect(told(rest).slice(-4)).toEqual(told(whole).slice(-4));
    expect((await readdir(out)).sort()).toEqual(await readdir(plain).then((names) => names.sort()));
  }
});
