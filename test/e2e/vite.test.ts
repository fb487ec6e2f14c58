import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wordTokenizer } from 'keepgate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundle, IN_CHROMIUM, NO_CHROMIUM, openPage } from '../helpers/chromium.ts';
import { installPacked } from '../helpers/packed.ts';
import { ROOT, runNode } from '../helpers/run-script.ts';

/** What a user may write: a module for Node and pages alike, a page with the gpu engine, and one without. */
const PROJECT: Readonly<Record<string, string>> = {
  'package.json': '{ "type": "module" }',
  'layer.js': `
    import { key, recurrent, sample, variational } from 'keepgate';
    export async function outputs(engine) {
      const layer = recurrent({ cell: 'lstm', inputSize: 2, hiddenSize: 5, key: key(1), engine });
      const plan = sample(variational({ input: 0.2, recurrent: 0.3, tied: false }), key(2), layer.extents(2, 3));
      const x = [[[1, 2], [3, -4], [0.5, 0.25]], [[-1, 0], [2, 2], [0.1, -3]]];
      const { y } = await layer.forward(x, { plan, lengths: [3, 2] });
      return y.toArray();
    }`,
  'node.js': `
    import { createEngine } from 'keepgate';
    import { outputs } from './layer.js';
    console.log(JSON.stringify(await outputs(await createEngine('reference'))));`,
  'gpu.html': page('gpu.js'),
  'gpu.js': `
    import { createEngine } from 'keepgate';
    import { outputs } from './layer.js';
    globalThis.result = (async () => {
      const engine = await createEngine('gpu', { mode: 'webgl2' });
      return { y: await outputs(engine), about: engine.describe() };
    })();`,
  'plain.html': page('plain.js'),
  'plain.js': `
    import { createEngine } from 'keepgate';
    import { outputs } from './layer.js';
    globalThis.result = (async () => {
      const engine = await createEngine('reference');
      return { y: await outputs(engine), about: engine.describe() };
    })();`,
  'files.html': page('files.js'),
  'files.js': `
    import { loadModel } from 'keepgate';
    globalThis.result = loadModel('model').catch(({ name, message }) => name + ': ' + message);`,
  'words.html': page('words.js'),
  'words.js': `
    import { wordTokenizer } from 'keepgate';
    globalThis.cut = (texts) => texts.map((text) => wordTokenizer().tokenize(text));`,
};

function page(script: string): string {
  return `<!doctype html><title>a page</title><link rel="icon" href="data:," /><script type="module" src="./${script}"></script>`;
}

let folder: string;
let warnings: readonly string[];
let expected: readonly number[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'keepgate-vite-'));
  await installPacked(folder);
  for (const [name, text] of Object.entries(PROJECT)) await writeFile(join(folder, name), text);
  warnings = await bundle({
    root: folder,
    build: {
      rolldownOptions: {
        input: ['gpu.html', 'plain.html', 'files.html', 'words.html'].map((name) => join(folder, name)),
      },
    },
  });
  const { stdout } = await runNode(['node.js'], folder);
  expected = flat(JSON.parse(stdout));
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

test('the packed package builds for pages, and the bundler has nothing to say', () => {
  expect(warnings).toEqual([]);
});

test('no chunk imports what Node alone has', async () => {
  for (const { text } of await chunks()) expect(text).not.toMatch(/["'`]node:/);
});

test('gpu.js is in a chunk of its own', async () => {
  expect(await gpuChunks()).toHaveLength(1);
});

describe.skipIf(NO_CHROMIUM)(IN_CHROMIUM, () => {
  test('a layer on the gpu engine gives the numbers that it gives in Node', async () => {
    const { y, about, requests, complaints } = await visit('gpu.html');
    expect(complaints).toEqual([]);
    expect(about).toContain('mode webgl2,');
    expect(about).not.toContain('fell back');
    expect(distance(y, expected)).toBeLessThanOrEqual(1e-5);
    expect(requests).toEqual(expect.arrayContaining(await gpuChunks()));
  });

  test('a page that does not use the gpu engine does not load gpu.js', async () => {
    const { y, requests, complaints } = await visit('plain.html');
    expect(complaints).toEqual([]);
    // tanh and exp are not the same to the last bit in every JavaScript engine.
    expect(distance(y, expected)).toBeLessThanOrEqual(1e-12);
    expect(requests.filter((path) => path.endsWith('.js'))).not.toHaveLength(0);
    for (const chunk of await gpuChunks()) expect(requests).not.toContain(chunk);
  });

  test('words are cut as in Node', async () => {
    const hard: readonly { readonly text: string }[] = JSON.parse(
      await readFile(join(ROOT, 'test/golden/words.json'), 'utf8'),
    );
    const texts = hard.map(({ text }) => text);
    const { tokenize } = wordTokenizer();
    const open = await openPage(join(folder, 'dist'), { path: 'words.html' });
    try {
      const cut = await open.page.evaluate(
        (asked) => (globalThis as unknown as { cut(texts: readonly string[]): string[][] }).cut(asked),
        texts,
      );
      expect(cut).toEqual(texts.map((text) => tokenize(text)));
    } finally {
      await open.close();
    }
  });

  test('a page that asks for a folder of the disk is told that it needs Node', async () => {
    const open = await openPage(join(folder, 'dist'), { path: 'files.html' });
    try {
      expect(await open.page.evaluate('globalThis.result')).toMatch(/^KeepgateError: files: Node was expected/);
      expect(open.complaints).toEqual([]);
    } finally {
      await open.close();
    }
  });
});

async function visit(path: string) {
  const open = await openPage(join(folder, 'dist'), { path });
  try {
    const { y, about } = await open.page.evaluate<Result>('globalThis.result');
    return { y: flat(y), about, requests: open.requests, complaints: open.complaints };
  } finally {
    await open.close();
  }
}

interface Result {
  readonly y: readonly unknown[];
  readonly about: string;
}

function flat(y: readonly unknown[]): readonly number[] {
  return y.flat(Number.POSITIVE_INFINITY) as readonly number[];
}

/** The largest difference; NaN where there is one, and where a number is missing. */
function distance(actual: readonly number[], wanted: readonly number[]): number {
  return Math.max(
    Math.abs(actual.length - wanted.length),
    ...wanted.map((w, i) => Math.abs(w - (actual[i] as number))),
  );
}

/** The paths of the chunks that have gpu.js in them, which writes shaders. */
async function gpuChunks(): Promise<string[]> {
  return (await chunks()).filter(({ text }) => text.includes('gl_Position')).map(({ path }) => path);
}

async function chunks(): Promise<{ readonly path: string; readonly text: string }[]> {
  const names = (await readdir(join(folder, 'dist/assets'))).filter((name) => name.endsWith('.js'));
  return Promise.all(
    names.map(async (name) => ({
      path: `/assets/${name}`,
      text: await readFile(join(folder, 'dist/assets', name), 'utf8'),
    })),
  );
}
