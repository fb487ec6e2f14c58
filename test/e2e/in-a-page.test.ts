import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TextClassifier } from 'keepgate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle, IN_CHROMIUM, NO_CHROMIUM, openPage } from '../helpers/chromium.ts';
import { installPacked } from '../helpers/packed.ts';
import { ROOT, runNode } from '../helpers/run-script.ts';

// docs/guide/in-a-page.md as it stands there: Node trains, and a page of the packed package loads what was saved.

/** The files of the page, by the language of the block that each of them is. */
const FILES = { ts: 'train.js', html: 'index.html', js: 'page.js' };

let folder: string;
let warnings: readonly string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-in-a-page-'));
  await installPacked(folder);
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const guide = await readFile(join(ROOT, 'docs/guide/in-a-page.md'), 'utf8');
  for (const [language, name] of Object.entries(FILES)) {
    const [, block] = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(guide) ?? [];
    await writeFile(join(folder, name), block as string);
  }
  const { status, stderr } = await runNode(['train.js'], folder);
  expect([status, stderr]).toEqual([0, '']);
  warnings = await bundle({ root: folder });
}, 240_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

test('the page is bundled without a word', () => {
  expect(warnings).toEqual([]);
});

describe.skipIf(NO_CHROMIUM)(IN_CHROMIUM, () => {
  test('row 16b: a page says of a text what Node says of it', async () => {
    const texts = ['A lovely story', 'so clumsy'];
    const classifier = await TextClassifier.load(join(folder, 'public/model'), { engine: 'reference' });
    const predictions = await classifier.predict(texts);
    await classifier.model.dispose();
    expect(predictions.map(({ label }) => label)).toEqual(['good', 'bad']);

    const { page, complaints, close } = await openPage(join(folder, 'dist'));
    try {
      const says = page.locator('#label');
      await page.waitForFunction("document.querySelector('#label').textContent !== 'loading'");
      expect(await says.textContent()).toBe('ready');
      for (const [i, text] of texts.entries()) {
        await page.evaluate("document.querySelector('#label').textContent = ''");
        // An input that is empty already has no event.
        if (text === '')
          await page
            .locator('#text')
            .fill('x')
            .then(() => page.locator('#text').fill(''));
        else await page.locator('#text').fill(text);
        await page.waitForFunction("document.querySelector('#label').textContent !== ''");
        const [label = '', percent = ''] = ((await says.textContent()) ?? '').split(', ');
        expect(label).toBe(predictions[i]?.label);
        expect(Number.parseFloat(percent)).toBeCloseTo(100 * (predictions[i]?.probabilities[label] ?? 0), 0);
      }
      expect(complaints).toEqual([]);
    } finally {
      await close();
    }
  });
});
