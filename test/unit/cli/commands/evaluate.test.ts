import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dense, embedding, key, rnn, TextClassifier } from 'keepgate';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { run } from '../../../../src/cli/program.ts';
import { Model } from '../../../../src/train/model/model.ts';

const texts = ['so warm', 'a warm film, and long', 'dull', 'a dull film', 'warm', 'so very dull and long a film'];
const labels = ['good', 'good', 'bad', 'good', 'bad', 'good'];
let folder: string;
let classifier: TextClassifier;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-evaluate-once-'));
  classifier = TextClassifier.from(
    { texts, labels },
    {
      level: 'word',
      engine: 'reference',
      layers: ({ vocabulary, classes }) => [
        embedding({ vocabulary, units: 3 }),
        rnn({ units: 4 }),
        dense({ units: classes }),
      ],
    },
  );
  await classifier.fit({ texts, labels }, { key: key(1), epochs: 9 });
  await classifier.save(join(folder, 'model'));
  const rows = texts.map((text, i) => `${labels[i]}\t${text}`);
  await writeFile(join(folder, 'texts.tsv'), ['label\ttext', ...rows].join('\n'));
});

afterAll(async () => {
  await classifier.model.dispose();
  await rm(folder, { recursive: true });
});

afterEach(() => {
  vi.restoreAllMocks();
});

test('the texts go through the network once, for the scores and the classes', async () => {
  const predicted = await classifier.predict(texts);
  const scores = await classifier.evaluate({ texts, labels });
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line) => lines.push(line));
  const passes = [vi.spyOn(Model.prototype, 'evaluate'), vi.spyOn(Model.prototype, 'predict')];
  const columns = ['--text', 'text', '--label', 'label', '--engine', 'reference', '--json'];
  expect(await run(['evaluate', join(folder, 'model'), join(folder, 'texts.tsv'), ...columns])).toBe(0);
  expect(passes.map(({ mock }) => mock.calls.length)).toEqual([1, 0]);
  const found = JSON.parse(lines.at(-1) as string);
  const right = (name: string) => labels.filter((label, i) => label === name && predicted[i]?.label === name).length;
  expect(found).toMatchObject(scores);
  expect(found.classes).toEqual([
    { name: 'bad', texts: 2, right: right('bad'), accuracy: right('bad') / 2 },
    { name: 'good', texts: 4, right: right('good'), accuracy: right('good') / 4 },
  ]);
  expect(found).not.toHaveProperty('predictions');
  expect(found.calibration.negativeLogLikelihood).toBeCloseTo(scores.loss, 9);
});
