import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TextClassifier, tensor } from 'keepgate';
import { type ImportedRecurrent, importLayers, importModel } from 'keepgate/interop';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle, IN_CHROMIUM, NO_CHROMIUM, openPage } from '../helpers/chromium.ts';
import { installPacked } from '../helpers/packed.ts';
import { ROOT } from '../helpers/run-script.ts';

// Pages in which somebody picks a file; nothing but keepgate is installed beside them. The first is of docs/guide/interop.md.

let folder: string;
let warnings: readonly string[];

/** A page that runs the recurrent layer of a file on x, and says what comes. */
const LAYERS = {
  'index.html': `<!doctype html><title>A layer</title><link rel="icon" href="data:," />
<input id="file" type="file" /><p id="y"></p><script type="module" src="/page.js"></script>`,
  'page.js': `import { importLayers } from 'keepgate/interop';
const [file, said] = ['file', 'y'].map((id) => document.getElementById(id));
file.addEventListener('change', async () => {
  const [layer] = await importLayers(await file.files[0].arrayBuffer());
  const { y } = await layer.toRecurrent().forward((${xOf})(layer.facts.inputSize));
  said.textContent = JSON.stringify(y.toArray());
});`,
};

/** One sample of five steps. */
function xOf(inputSize: number): number[][][] {
  return [Array.from([1, 2, 3, 4, 5], (t) => Array.from({ length: inputSize }, (_, i) => Math.sin(3 * t + i)))];
}

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
  await mkdir(join(folder, 'layers'));
  for (const [name, text] of Object.entries(LAYERS)) await writeFile(join(folder, 'layers', name), text);
  warnings = [...(await bundle({ root: folder })), ...(await bundle({ root: join(folder, 'layers') }))];
}, 240_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

test('the pages are bundled without a word', () => {
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

  test.each(['pytorch/gru.pt', 'onnx/gru.onnx', 'keras/cells_3.h5'])(
    'the layer of %s gives what it gives in Node',
    async (name) => {
      const file = join(ROOT, 'test/golden', name);
      const [layer] = (await importLayers(file)) as [ImportedRecurrent];
      const recurrent = layer.toRecurrent({ engine: 'reference' });
      const run = await recurrent.forward(xOf(layer.facts.inputSize));
      const { page, complaints, close } = await openPage(join(folder, 'layers/dist'));
      try {
        await page.locator('#file').setInputFiles(file);
        await page.waitForFunction("document.querySelector('#y').textContent !== ''");
        const y = tensor(JSON.parse((await page.locator('#y').textContent()) ?? ''));
        expect(y.shape).toEqual(run.y.shape);
        const expected = run.y.toFlat();
        for (const [i, value] of y.toFlat().entries())
          expect(Math.abs(value - (expected[i] as number))).toBeLessThan(1e-6);
        expect(complaints).toEqual([]);
      } finally {
        await close();
        run.dispose();
        await recurrent.dispose();
      }
    },
  );
});
