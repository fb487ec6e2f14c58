import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { globalsIn, type Import, importsIn, importViolations, ORDER } from '../helpers/import-rules.ts';
import { ROOT } from '../helpers/run-script.ts';
import { readSources } from '../helpers/sources.ts';

const sources = readSources().map(({ file, text }) => ({ file, text, imports: importsIn(text, file) }));

/** What the checker says to one file that imports from others, which exist and import nothing. */
function breaches(file: string, from: string, kind: Import['kind'] = 'static'): string[] {
  return importViolations([{ file, imports: [{ from, kind }], text: '' }]);
}

test('the sources keep the rules', () => {
  expect(sources.length).toBeGreaterThan(50);
  expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(sources.length);
  expect(importViolations(sources)).toEqual([]);
});

test('docs/architecture.md shows the same order', () => {
  const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
  const [, block = ''] = /<!-- order of imports -->\s*```text\n([^`]*)```/.exec(page) ?? [];
  const shown = block.trim().split('\n');
  expect(shown.map((line) => line.split(/ {2,}/)[0])).toEqual([...ORDER.map(({ name }) => name)]);
});

describe('the checker', () => {
  test.each([
    ['tensor/tensor.ts', '../masks/mask.ts'],
    ['define.ts', './random/key.ts'],
    ['random/key.ts', '../masks/sites.ts'],
    ['engines/ops.ts', './reference/engine.ts'],
    ['engines/kernel.ts', './select.ts'],
    ['masks/mask.ts', '../engines/reference/engine.ts'],
    ['masks/plan.ts', '../cells/cell.ts'],
    ['engines/gpu/engine.ts', '../../cells/lstm.ts'],
    ['sequence/unroll.ts', '../layers/layer.ts'],
    ['layers/dense.ts', '../train/losses.ts'],
    ['layers/embedding.ts', '../text/vocabulary.ts'],
    ['text/vocabulary.ts', '../train/fit.ts'],
    ['interop/folder.ts', '../report/plot.ts'],
    ['train/fit.ts', '../search/study.ts'],
    ['search/study.ts', '../index.ts'],
    ['index.ts', './lab/page.ts'],
    ['train/fit.ts', '../index.ts'],
    ['verify/conform.ts', '../cli/main.ts'],
    ['index.ts', './cli/main.ts'],
  ])('objects when %s imports %s from below', (file, from) => {
    for (const kind of ['static', 'type', 'dynamic'] as const) {
      expect(breaches(file, from, kind)).toEqual([expect.stringContaining('may not import from')]);
    }
    expect(breaches(file, from)[0]).toContain(`${file} imports `);
  });

  test.each([
    ['masks/plan.ts', '../random/key.ts'],
    ['engines/reference/engine.ts', '../ops.ts'],
    ['engines/reference/engine.ts', './buffer.ts'],
    ['engines/select.ts', './reference/engine.ts'],
    ['train/model/saved-model.ts', '../interop/safetensors.ts'],
    ['train/fit.ts', '../text/bucketing.ts'],
    ['search/study.ts', '../train/fit.ts'],
    ['index.ts', './search/study.ts'],
    ['cli/lab.ts', '../lab/page.ts'],
    ['layers/layer.ts', '../define.ts'],
    ['platform/needs-node.ts', '../errors.ts'],
    ['cli/main.ts', '../index.ts'],
    ['cells/lstm.ts', '../engines/kernel.ts'],
    ['cells/lstm.ts', '../masks/sites.ts'],
  ])('lets %s import %s', (file, from) => {
    expect(breaches(file, from)).toEqual([]);
  });

  test('objects to a folder that has no place in the order', () => {
    expect(breaches('plugins/a.ts', '../errors.ts')).toEqual([
      'plugins/a.ts: no place in the order of imports; add its folder',
    ]);
    expect(breaches('cli/a.ts', '../plugins/b.ts')).toEqual([
      'plugins/b.ts: no place in the order of imports; add its folder',
    ]);
  });

  test.each([
    '../masks/schemes/zoneout.ts',
    '../masks/scheme.ts',
    '../masks/plan.ts',
    '../random/key.ts',
    '../tensor/tensor.ts',
    '../engines/select.ts',
    '../engines/trace.ts',
    '../engines/reference/engine.ts',
  ])('objects when a cell imports %s', (from) => {
    expect(breaches('cells/lstm.ts', from, 'type')).toEqual([expect.stringContaining('cells see')]);
  });

  test('objects to cycles, of whatever kind the imports are', () => {
    const file = (name: string, from: string, kind: Import['kind']) => ({
      file: `masks/${name}.ts`,
      imports: [{ from: `./${from}.ts`, kind }],
      text: '',
    });
    const ring = [file('a', 'b', 'type'), file('b', 'c', 'dynamic'), file('c', 'a', 'static')];
    expect(importViolations(ring)).toEqual(['cycle: masks/a.ts -> masks/b.ts -> masks/c.ts -> masks/a.ts']);
    expect(importViolations([file('a', 'a', 'static')])).toEqual(['cycle: masks/a.ts -> masks/a.ts']);
    // A way into a cycle is no part of it, and a diamond is no cycle.
    expect(importViolations([file('z', 'a', 'static'), ...ring])).toEqual([expect.stringMatching(/^cycle: masks\/a/)]);
    const to = (...names: readonly string[]) => names.map((name): Import => ({ from: `./${name}.ts`, kind: 'static' }));
    const diamond = [
      { file: 'masks/a.ts', imports: to('b', 'c'), text: '' },
      { file: 'masks/b.ts', imports: to('d'), text: '' },
      { file: 'masks/c.ts', imports: to('d'), text: '' },
      { file: 'masks/d.ts', imports: [], text: '' },
    ];
    expect(importViolations(diamond)).toEqual([]);
  });

  test.each([
    'process.exit(1);',
    'console.log(1);',
    'const { env } = process;',
    'const all = { process };',
    'globalThis.process.exit();',
    'const f = () => [console];',
  ])('objects to %s outside cli', (text) => {
    expect(importViolations([{ file: 'train/fit.ts', imports: [], text }])).toEqual([
      expect.stringMatching(/^train\/fit\.ts: (process|console) is for src\/cli alone$/),
    ]);
    expect(importViolations([{ file: 'cli/main.ts', imports: [], text }])).toEqual([]);
  });

  test('leaves words, comments, strings and properties alone', () => {
    const text =
      "// console.log\nconst a = 'process.exit'; /* process */ const t = `console`; job.process(); o = { console: 1 };";
    expect(globalsIn(text)).toEqual([]);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a text to parse
    expect(globalsIn('const a = `${process.pid}`;')).toEqual(['process']);
  });

  test.each(['fs', 'node:fs', 'node:fs/promises', 'path', 'node:worker_threads'])('keeps %s to platform', (from) => {
    const others = ['train/fit.ts', 'engines/simd/team.ts', 'text/utf8.ts', 'index.ts', 'cli/main.ts'];
    for (const file of [...others, 'platform/files.browser.ts']) {
      expect(breaches(file, from, 'dynamic')).toEqual([expect.stringContaining('is for platform')]);
    }
    expect(breaches('platform/files.ts', from)).toEqual([]);
  });

  /** What the checker says to a file that imports another, beside a part of platform that has a stand-in. */
  function besidePlatform(file: string, from: string, kind: Import['kind'] = 'static'): string[] {
    const platform = ['files', 'files.browser', 'workers', 'workers.browser', 'modules'];
    return importViolations([
      ...platform.map((name) => ({ file: `platform/${name}.ts`, imports: [], text: '' })),
      { file, imports: [{ from, kind }], text: '' },
    ]);
  }

  test.each(['train/fit.ts', 'masks/plan.ts', 'verify/run.ts', 'index.ts', 'engines/simd/engine.ts'])(
    'keeps files from %s',
    (file) => {
      expect(besidePlatform(file, '#platform/files.js')).toEqual([expect.stringContaining('files are for')]);
    },
  );

  test.each([
    ['cli/main.ts', '#platform/files.js'],
    ['interop/folder.ts', '#platform/files.js'],
    ['text/decode.ts', '#platform/files.js'],
    ['report/html.ts', '#platform/files.js'],
    ['engines/simd/team.ts', '#platform/workers.js'],
    ['platform/atomic.ts', './files.ts'],
    ['cli/main.ts', '../platform/modules.ts'],
  ])('lets %s import %s', (file, from) => {
    expect(besidePlatform(file, from)).toEqual([]);
  });

  test.each([
    ['cells/lstm.ts', '#platform/workers.js', 'cells see'],
    ['platform/files.ts', '../checks.ts', 'platform sees errors only'],
    ['tensor/tensor.ts', '#platform/workers.js', 'may not import from'],
    ['text/decode.ts', '../platform/files.ts', 'import it as #platform/files.js'],
    ['cli/main.ts', '../platform/files.ts', 'import it as #platform/files.js'],
    ['text/decode.ts', '#platform/modules.js', 'no stand-in for pages'],
    ['text/decode.ts', '../platform/modules.ts', 'for cli alone'],
    ['platform/paths.browser.ts', './files.ts', 'types alone'],
  ])('objects when %s imports %s: %s', (file, from, problem) => {
    expect(besidePlatform(file, from)).toEqual([expect.stringContaining(problem)]);
    expect(besidePlatform(file, from)[0]).toContain(`${file} imports `);
  });

  test('a stand-in may take types from what it stands in for', () => {
    expect(besidePlatform('platform/paths.browser.ts', './files.ts', 'type')).toEqual([]);
  });

  test('names of platform are edges of cycles', () => {
    const ring = [
      { file: 'platform/a.ts', imports: [{ from: './b.ts', kind: 'static' as const }], text: '' },
      { file: 'platform/b.ts', imports: [{ from: '#platform/a.js', kind: 'static' as const }], text: '' },
    ];
    expect(importViolations(ring)).toEqual(['cycle: platform/a.ts -> platform/b.ts -> platform/a.ts']);
  });

  test('keeps gpu.js to engines/gpu, and there to import()', () => {
    expect(breaches('engines/select.ts', 'gpu.js', 'dynamic')).toEqual([expect.stringContaining('engines/gpu alone')]);
    expect(breaches('engines/simd/engine.ts', 'gpu.js', 'type')).toEqual([
      expect.stringContaining('engines/gpu alone'),
    ]);
    expect(breaches('engines/gpu/adapter.ts', 'gpu.js', 'dynamic')).toEqual([]);
    expect(breaches('engines/gpu/adapter.ts', 'gpu.js', 'static')).toEqual([expect.stringContaining('by import()')]);
  });

  test('wants dependencies imported lazily, but in cli', () => {
    expect(breaches('text/table-rows.ts', 'csv-parse/sync')).toEqual([expect.stringContaining('by import()')]);
    expect(breaches('text/table-rows.ts', 'csv-parse/sync', 'dynamic')).toEqual([]);
    expect(breaches('text/table-rows.ts', 'csv-parse/sync', 'type')).toEqual([]);
    expect(breaches('cli/main.ts', 'commander')).toEqual([]);
  });

  test('lets verify stand on fast-check, and its entry for vitest on that, unless the main entry loads them', () => {
    expect(breaches('verify/run-law.ts', 'fast-check')).toEqual([]);
    expect(breaches('verify/vitest.ts', 'vitest')).toEqual([]);
    for (const [file, from] of [
      ['train/fit.ts', 'fast-check'],
      ['cli/main.ts', 'fast-check'],
      ['verify/run-law.ts', 'vitest'],
      ['cli/main.ts', 'vitest'],
    ] as const) {
      expect(breaches(file, from, 'dynamic')).toEqual([expect.stringContaining(`${from} is for`)]);
    }
    const file = (name: string, from: string, kind: Import['kind'] = 'static') => ({
      file: name,
      imports: [{ from, kind }],
      text: '',
    });
    const law = file('verify/run-law.ts', 'fast-check');
    const found = importViolations([
      file('index.ts', './verify/verify.ts'),
      file('verify/verify.ts', './run-law.ts'),
      law,
    ]);
    expect(found).toEqual(['verify/run-law.ts imports fast-check: index.ts loads it']);
    expect(importViolations([file('index.ts', './verify/run-law.ts', 'type'), law])).toEqual([]);
  });

  test('what a command does is imported when it runs, with its packages', () => {
    const file = (name: string, from?: string, kind: Import['kind'] = 'static') => ({
      file: name,
      imports: from === undefined ? [] : [{ from, kind }],
      text: '',
    });
    const started = (kind: Import['kind']) =>
      importViolations([
        file('cli/main.ts', './commands/train.ts'),
        file('cli/commands/train.ts', '../actions/run-train.ts', kind),
        file('cli/actions/run-train.ts', '../../layers/dense/dense.ts'),
        file('layers/dense/dense.ts'),
      ]);
    const says = 'cli/main.ts loads it; import it in cli/actions';
    expect(started('static')).toEqual([`cli/actions/run-train.ts: ${says}`, `layers/dense/dense.ts: ${says}`]);
    expect(started('dynamic')).toEqual([]);
    expect(importViolations([file('cli/main.ts', 'cli-progress')])).toEqual([
      `cli/main.ts imports cli-progress: ${says}`,
    ]);
    expect(importViolations([file('cli/main.ts', 'commander')])).toEqual([]);
  });

  test('finds every form of an import', () => {
    const text = `
      import a from './a.ts';
      import { type B } from './b.ts';
      import type { C } from './c.ts';
      import './d.ts';
      export * from './e.ts';
      export type * from './f.ts';
      export { g } from './g.ts';
      const h = await import('./h.ts');
      let i: import('./i.ts').I;
      export const j = 'from "./j.ts"'; // import './k.ts'
      const l = await import(name);
    `;
    expect(importsIn(text)).toEqual([
      { from: './a.ts', kind: 'static' },
      { from: './b.ts', kind: 'static' },
      { from: './c.ts', kind: 'type' },
      { from: './d.ts', kind: 'static' },
      { from: './e.ts', kind: 'static' },
      { from: './f.ts', kind: 'type' },
      { from: './g.ts', kind: 'static' },
      { from: './h.ts', kind: 'dynamic' },
      { from: './i.ts', kind: 'type' },
      { from: '(computed)', kind: 'dynamic' },
    ]);
  });
});
