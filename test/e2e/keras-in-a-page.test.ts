import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TextClassifier } from 'keepgate';
import { importModel } from 'keepgate/interop';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle, IN_CHROMIUM, NO_CHROMIUM, openPage } from '../helpers/chromium.ts';
import { installPacked } from '../helpers/packed.ts';
import { ROOT } from '../helpers/run-script.ts';

// A page of docs/guide/interop.md, in which somebody picks a .keras file: nothing but keepgate is installed beside it.

let folder: string;
let warnings: readonly string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-keras-in-a-page-'));
  await installPacked(folder);
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const guide = await readFile(join(ROOT, 'docs/guide/interop.md'), 'utf8');
  for (const [language, name] of [
    ['html', 'index.html'],
    ['js', 'page.js'],
  ]) {
    const [, block] = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(guide) ?? [];
    await writeFile(join(folder, name as string), block as string);
  }
  await copyFile(join(ROOT, 'test/golden/keras/texts.keras'), join(folder, 'texts.keras'));
  warnings = await bundle({ root: folder });
}, 240_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

test('the page is bundled without a word', () => {
  expect(warnings).toEqual([]);
});

describe.skipIf(NO_CHROMIUM)(IN_CHROMIUM, () => {
  test('a page imports a .keras file that is picked, and predicts as Node does', async () => {
    const text = 'A warm, WARM film!';
    const file = join(folder, 'texts.keras');
    const classifier = (await importModel(file, { labels: ['bad', 'good'], engine: 'reference' })) as TextClassifier;
    const [{ label = '', probabilities = {} } = {}] = await classifier.predict([text]);
    await classifier.model.dispose();

    const { page, complaints, close } = await openPage(join(folder, 'dist'));
    try {
      await page.locator('#file').setInputFiles(file);
      await page.waitForFunction("document.querySelector('#label').textContent === 'ready'");
      await page.locator('#text').fill(text);
      await page.waitForFunction("document.querySelector('#label').textContent.includes('%')");
      const [said = '', percent = ''] = ((await page.locator('#label').textContent()) ?? '').split(', ');
      expect(said).toBe(label);
      expect(Number.parseFloat(percent)).toBeCloseTo(100 * (probabilities[label] ?? 0), 0);
      // What is no such file is told in one line.
      await page.locator('#file').setInputFiles(join(folder, 'page.js'));
      await page.waitForFunction("document.querySelector('#label').textContent.startsWith('DataError')");
      expect(complaints).toEqual([]);
    } finally {
      await close();
    }
  });
});
