import { spawn } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TextClassifier } from 'keepgate';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Finished, ROOT, runScript } from '../helpers/run-script.ts';
import { timelessJournal } from '../helpers/toy-search.ts';

// Each process is started from sources, which takes seconds on a machine that has other things to do.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const keepgate = (...args: readonly string[]): Promise<Finished> => runScript('src/cli/main.ts', args);
const root = mkdtempSync(join(tmpdir(), 'keepgate-cli-search-'));
afterAll(() => rmSync(root, { recursive: true }));

const WORDS = ['warm', 'dull', 'clever', 'cold', 'film', 'story', 'bright', 'slow', 'kind', 'long'];
const rows = Array.from({ length: 80 }, (_, i) => {
  const words = [0, 1, 2, 3].map((k) => WORDS[(i * (k + 3) + k * k * 7) % WORDS.length]);
  return `${words.join(' ')} n${i},${words.includes('warm') || words.includes('kind') ? 'good' : 'bad'}`;
});
const data = join(root, 'films.csv');
const tests = join(root, 'test.csv');
writeFileSync(data, `text,label\n${rows.slice(0, 60).join('\n')}\n`);
writeFileSync(tests, `text,label\n${rows.slice(60).join('\n')}\n`);
const space = join(root, 'space.json');
writeFileSync(
  space,
  JSON.stringify({
    $schema: 'for editors',
    scheme: ['none', 'variational(input={i},recurrent={r})'],
    i: [0, 0.5],
    r: [0, 0.5],
    learningRate: { log: [0.01, 0.05] },
    batchSize: [4, 8, 16],
  }),
);
const out = join(root, 'study');
const told = [
  '--space',
  space,
  '--units',
  '5',
  '--embedding',
  '4',
  '--min-count',
  '1',
  '--epochs',
  '4',
  '--seeds',
  '3',
];
const asked = [...told, '--text', 'text', '--label', 'label', '--slots', '2'];
const records = ({ stdout }: Finished): Record<string, unknown>[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('keepgate search', () => {
  let first: Finished;
  beforeAll(async () => {
    first = await keepgate('search', data, ...asked, '--trials', '4', '--out', out, '--test', tests);
  });

  test('says the budget first, a line for each rung, how sure one may be, and the best trial last', () => {
    expect(first.stderr).toBe('');
    expect(first.status).toBe(0);
    const lines = first.stdout.trimEnd().split('\n');
    // 4 trials to 1 epoch, and 1 to 4, with 3 seeds each; in place of 4 * 4 * 3.
    expect(lines[0]).toBe(
      `4 trials of 3 trainings each: about 21 epochs of 48 without a pruner, 2 processes; in ${out}`,
    );
    expect(lines.filter((line) => /^trial \d: .*, 1 epoch: [\d.]+%$/.test(line))).toHaveLength(4);
    expect(lines.filter((line) => /^trial \d: .*, 4 epochs: [\d.]+%$/.test(line))).toHaveLength(1);
    expect(first.stdout).toMatch(/the mean of 3 trainings of 4 epochs; 95% by bootstrap: [\d.]+% to [\d.]+%/);
    expect(first.stdout).toMatch(/which decided nothing: accuracy [\d.]+%/);
    expect(lines.at(-2)).toMatch(/^to train it: keepgate train /);
    expect(lines.at(-1)).toMatch(/^best: trial \d: .*: accuracy [\d.]+%$/);
  });

  test('its command trains the same bits as the trial, and best/ has them', async () => {
    const [{ command, trial, each, model, test: tested }] = records(
      await keepgate('search', 'status', out, '--json'),
    ).slice(-1) as [Record<string, unknown>];
    const words = `${command}`.match(/'[^']*'|\S+/g)?.map((word) => word.replaceAll("'", '')) ?? [];
    const again = join(root, 'again');
    const trained = records(await keepgate(...words.slice(1), '--json', '--out', again, '--test', tests));
    const result = trained.at(-1) as { validation: { accuracy: number }; test: object };
    expect(result.validation.accuracy).toBe((each as number[])[0]);
    expect(tested).toMatchObject({ file: tests, scores: result.test });
    expect(readFileSync(join(again, 'weights.safetensors'))).toEqual(
      readFileSync(join(`${model}`, 'weights.safetensors')),
    );
    // And epoch by epoch, all scores.
    const epochs = trained.filter(({ event }) => event === 'epoch') as { validation: object; training: object }[];
    const journal = readFileSync(join(out, 'journal.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    const ids = journal.flatMap(({ trial_id: id, user_attr: attr }) =>
      id === trial
        ? Object.entries(attr ?? {}).flatMap(([name, value]) =>
            name.startsWith('keepgate:jobs') ? [(value as string[])[0]] : [],
          )
        : [],
    );
    expect(ids).toHaveLength(2);
    const ofTrial = ids.flatMap(
      (id) => JSON.parse(readFileSync(join(out, 'results', `${id}.json`), 'utf8')).result.scores,
    );
    expect(ofTrial).toEqual(
      epochs.map(({ training, validation }) =>
        Object.fromEntries(
          Object.entries({ training, validation }).flatMap(([part, values]) =>
            Object.entries(values).map(([name, value]) => [`${part}.${name}`, value]),
          ),
        ),
      ),
    );
    const classifier = await TextClassifier.load(`${model}`);
    expect(classifier.classes).toEqual(['bad', 'good']);
    await classifier.model.dispose();
  });

  test('the same command goes on: nothing is trained or tested again, and more trials can be had', async () => {
    const before = readFileSync(join(out, 'best.json'), 'utf8');
    const results = readdirSync(join(out, 'results')).length;
    const journal = timelessJournal(out);
    const same = await keepgate('search', data, ...asked, '--trials', '4', '--out', out, '--test', tests, '--quiet');
    expect(same.stdout.split('\n').at(-2)).toBe(first.stdout.split('\n').at(-2));
    expect(readFileSync(join(out, 'best.json'), 'utf8')).toBe(before);
    expect(readdirSync(join(out, 'results'))).toHaveLength(results);
    expect(timelessJournal(out)).toBe(journal);
    const copy = join(root, 'copy');
    cpSync(out, copy, { recursive: true });
    const more = await keepgate('search', data, ...asked, '--trials', '5', '--out', copy, '--json');
    expect(more.status).toBe(0);
    expect(timelessJournal(copy).startsWith(journal)).toBe(true);
    expect(records(more).filter(({ event, number }) => event === 'trial' && number === 4)).not.toEqual([]);
  });

  test.each([
    [
      'another space',
      ['--units', '6'],
      2,
      /^keepgate: search: space .*"units".*was expected, as the study in .* began with it, but .* came/,
    ],
    ['fewer trials', ['--trials', '3'], 2, /at least 4 trials were expected/],
    ['other texts', ['--data', tests], 2, /search: task .* was expected/],
  ])('%s are refused in one line, and change nothing', async (_, changed, status, message) => {
    const journal = readFileSync(join(out, 'journal.jsonl'), 'utf8');
    const [name, value] = changed as [string, string];
    const options = asked.map((word, i) => (asked[i - 1] === name ? value : word));
    const trials = name === '--trials' ? value : '4';
    const file = name === '--data' ? value : data;
    const { stderr, status: came } = await keepgate('search', file, ...options, '--trials', trials, '--out', out);
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(came).toBe(status);
    expect(readFileSync(join(out, 'journal.jsonl'), 'utf8')).toBe(journal);
  });

  test('status reads what there is, for people and as records, and its last line is the best trial', async () => {
    const people = await keepgate('search', 'status', out);
    expect(people.status).toBe(0);
    expect(people.stdout).toContain('4 of 4 trials:');
    expect(people.stdout).toContain('nobody works in it');
    expect(people.stdout.split('\n').at(-2)).toBe(first.stdout.split('\n').at(-2));
    const all = records(await keepgate('search', 'status', out, '--json'));
    expect(all.map(({ event }) => event)).toEqual(['study', 'trial', 'trial', 'trial', 'trial', 'best']);
    const nothing = await keepgate('search', 'status', root);
    expect(nothing.stderr).toMatch(/^keepgate: search: the folder of a study was expected at .*\n$/);
    expect(nothing.status).toBe(1);
  });

  test('a journal that was changed is refused, and one that was torn goes on', async () => {
    const [edited, torn] = [join(root, 'edited'), join(root, 'torn')];
    for (const folder of [edited, torn]) cpSync(out, folder, { recursive: true });
    const journal = readFileSync(join(out, 'journal.jsonl'), 'utf8');
    writeFileSync(
      join(edited, 'journal.jsonl'),
      journal.replace(/"intermediate_value":0\.\d/, '"intermediate_value":0.0'),
    );
    const refused = await keepgate('search', data, ...asked, '--trials', '4', '--out', edited);
    expect(refused.stderr).toMatch(
      /^keepgate: journal: .* was expected in line \d+ of .*as if somebody had changed it/,
    );
    expect(refused.status).toBe(1);
    writeFileSync(join(torn, 'journal.jsonl'), journal.slice(0, -30));
    const went = await keepgate('search', data, ...asked, '--trials', '4', '--out', torn);
    expect(went.status).toBe(0);
    expect(timelessJournal(torn)).toBe(timelessJournal(out));
  });
});

test('Ctrl-C ends a search after a step, in one line, and the same command goes on to what it had come to', async () => {
  const folder = join(root, 'stopped');
  const long = [
    ...asked.map((word, i) => (asked[i - 1] === '--epochs' ? '60' : word)),
    '--trials',
    '3',
    '--out',
    folder,
  ];
  const args = ['--import', 'tsx', 'src/cli/main.ts', 'search', data, ...long];
  const child = spawn(process.execPath, args, { cwd: ROOT, detached: true });
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdout.on('data', (chunk) => {
    const before = stdout;
    stdout += chunk;
    // As a terminal does: to the processes of the trials as well.
    if (!before.includes('trial 0') && stdout.includes('trial 0')) process.kill(-(child.pid as number), 'SIGINT');
  });
  const status = await new Promise((done) => child.on('close', done));
  expect(stderr).toBe(
    `keepgate: Ctrl-C stopped it; what was done is kept in ${JSON.stringify(folder)}: the same command goes on\n`,
  );
  expect(status).toBe(130);
  const whole = join(root, 'whole');
  expect((await keepgate('search', data, ...long)).status).toBe(0);
  const anew = await keepgate('search', data, ...long.map((word) => (word === folder ? whole : word)));
  expect(anew.status).toBe(0);
  expect(timelessJournal(folder)).toBe(timelessJournal(whole));
});

test('options that are wrong are one line, before any work', async () => {
  const wrong = async (...args: readonly string[]): Promise<string> => {
    const { stderr, status } = await keepgate('search', data, '--out', join(root, 'none'), ...args);
    expect(status).toBe(2);
    expect(stderr.trimEnd()).not.toContain('\n');
    return stderr;
  };
  expect(await wrong('--trails', '3')).toMatch(/unknown option '--trails' \(Did you mean --trials\?\)/);
  appendFileSync(join(root, 'bad.json'), '{"scheme":["variational(recurent={r})"],"r":[0,0.5]}');
  expect(await wrong('--space', join(root, 'bad.json'))).toMatch(/space: scheme .*recurent/);
  expect(readdirSync(root)).not.toContain('none');
});
