import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Rolldown } from 'vite';
import { ROOT } from './run-script.ts';

/** Bytes of a bundle for a page, gzipped. */
export interface BundleSize {
  /** What is loaded with the page. */
  readonly first: number;
  /** What is loaded when it is used, by `import()`. */
  readonly later: number;
}

/** What a page bundles, from the sources, of a module that is written in the folder of the tests. */
export async function bundleSize(module: string): Promise<BundleSize> {
  const folder = await mkdtemp(join(tmpdir(), 'keepgate-size-'));
  const entry = join(folder, 'entry.js');
  await writeFile(entry, module);
  try {
    const chunks = await chunksOf(entry);
    const isFirst = reachable(chunks);
    const sizes = chunks.map(({ fileName, code }) => ({ fileName, size: gzipSync(code, { level: 9 }).length }));
    const sum = (first: boolean): number =>
      sizes.reduce((total, { fileName, size }) => total + (isFirst.has(fileName) === first ? size : 0), 0);
    return { first: sum(true), later: sum(false) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function chunksOf(entry: string): Promise<readonly Rolldown.OutputChunk[]> {
  const alias = [
    { find: /^keepgate$/, replacement: `${ROOT}src/index.ts` },
    { find: /^keepgate\/(interop|verify)$/, replacement: `${ROOT}src/$1/index.ts` },
    // What a page gets of the package: see "imports" in package.json.
    { find: /^#platform\/(.*)\.js$/, replacement: `${ROOT}src/platform/$1.browser.ts` },
  ];
  const found = (await build({
    configFile: false,
    logLevel: 'silent',
    root: ROOT,
    resolve: { alias },
    build: { write: false, rolldownOptions: { input: entry, preserveEntrySignatures: 'strict' } },
  })) as Rolldown.RolldownOutput;
  return found.output.filter((output) => output.type === 'chunk');
}

/** The files of what the entry imports, and of what that imports. */
function reachable(chunks: readonly Rolldown.OutputChunk[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const queue = chunks.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName);
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (reached.has(next)) continue;
    reached.add(next);
    queue.push(...(chunks.find(({ fileName }) => fileName === next)?.imports ?? []));
  }
  return reached;
}
