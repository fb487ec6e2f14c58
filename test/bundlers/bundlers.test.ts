import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify, stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IN_CHROMIUM, NO_CHROMIUM, openPage } from '../helpers/chromium.ts';
import { installPacked } from '../helpers/packed.ts';
import { installedProject } from '../helpers/packed-project.ts';
import { ROOT, runNode } from '../helpers/run-script.ts';

/** A bundler, in the folder of its name. The scripts of its package.json are all that it is told. */
interface Bundler {
  /** What its output is loaded by. */
  readonly script: '<script defer src="main.js">' | '<script type="module" src="main.js">' | null;
  /** Whether it bundles for Node. */
  readonly node: boolean;
}

const BUNDLERS: Readonly<Record<string, Bundler>> = {
  webpack: { script: '<script defer src="main.js">', node: true },
  rspack: { script: '<script defer src="main.js">', node: true },
  rollup: { script: '<script type="module" src="main.js">', node: true },
  esbuild: { script: '<script type="module" src="main.js">', node: true },
  // It writes a page of its own.
  vite: { script: null, node: false },
};

/** What they say that is no fault: gpu.js and echarts are large, csv-parse has a cycle, and CI keeps no cache. */
const NO_FAULT =
  /size limit|Largest modules|performance recommendations|No build cache|impact web performance|compiled with \d warning|chunks are larger|chunkSizeWarningLimit|Circular dependency|csv-parse\/lib|mb ⚠/;

/** What the projects say that they did. */
const TRAINED = { labels: ['good', 'bad'], learned: true };
const WITHOUT_CHARTS = { ...TRAINED, plot: 'OptionError' };
const WITH_CHARTS = { ...TRAINED, plot: '<svg' };

const HERE = fileURLToPath(new URL('.', import.meta.url));
const run = promisify(execFile);
let packed: string;
const folders: string[] = [];

beforeAll(async () => {
  packed = await mkdtemp(join(tmpdir(), 'keepgate-packed-'));
  folders.push(packed);
  await installPacked(packed);
}, 300_000);

afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

describe.each(Object.entries(BUNDLERS))('%s, as it comes,', { timeout: 600_000 }, (name, { script, node }) => {
  let folder: string;

  beforeAll(async () => {
    folder = await projectOf(name);
  }, 600_000);

  test(`bundles for pages, and a page trains ${IN_CHROMIUM}`, async () => {
    expect(await complaintsOf('page', folder)).toEqual([]);
    if (script) await writePage(join(folder, 'dist/page'), script);
    if (!NO_CHROMIUM) expect(await resultIn(join(folder, 'dist/page'))).toEqual(WITHOUT_CHARTS);
  });

  test.runIf(node)('bundles for Node, where it trains', async () => {
    expect(await complaintsOf('node', folder)).toEqual([]);
    const { stdout, stderr } = await runNode(['dist/node/main.js'], folder);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(WITHOUT_CHARTS);
  });

  test(`bundles echarts that is handed in, and a page plots ${IN_CHROMIUM}`, async () => {
    for (const part of ['echarts', 'zrender']) {
      await cp(join(ROOT, 'node_modules', part), join(folder, 'node_modules', part), { recursive: true });
    }
    expect(await complaintsOf('charts', folder)).toEqual([]);
    if (script) await writePage(join(folder, 'dist/charts'), script);
    if (!NO_CHROMIUM) expect(await resultIn(join(folder, 'dist/charts'))).toEqual(WITH_CHARTS);
    // And a bundle for Node finds by itself what is installed where it runs.
    if (node) expect(JSON.parse((await runNode(['dist/node/main.js'], folder)).stdout)).toEqual(WITH_CHARTS);
  });
});

describe.each(['webpack', 'turbopack'])('next build with %s', { timeout: 600_000 }, (script) => {
  test(`bundles a route that trains, and a page that trains ${IN_CHROMIUM}`, async () => {
    const folder = await projectOf('next');
    expect(await complaintsOf(script, folder)).toEqual([]);
    const built = join(folder, '.next/server/app');
    expect(JSON.parse(await readFile(join(built, 'train.body'), 'utf8'))).toEqual(WITHOUT_CHARTS);
    const site = join(folder, 'site');
    await cp(join(folder, '.next/static'), join(site, '_next/static'), { recursive: true });
    await cp(join(built, 'index.html'), join(site, 'index.html'));
    if (!NO_CHROMIUM) expect(await resultIn(site)).toEqual(WITHOUT_CHARTS);
  });
});

async function projectOf(name: string): Promise<string> {
  const folder = await installedProject([join(HERE, 'source'), join(HERE, name)], packed);
  folders.push(folder);
  return folder;
}

/** What a script of package.json says that may be a fault, line by line. @throws what it says, when it fails */
async function complaintsOf(script: string, cwd: string): Promise<readonly string[]> {
  // The runner of tests sets NODE_ENV, which bundlers heed.
  const env = { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' };
  const { stdout, stderr } = await run('npm', ['run', '--silent', script], { cwd, env, maxBuffer: 1e8 });
  const lines = stripVTControlCharacters(`${stdout}\n${stderr}`).split('\n');
  return lines.filter((line) => /warn|error|\(!\)|⚠|resolve|critical/i.test(line) && !NO_FAULT.test(line));
}

async function writePage(folder: string, script: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'index.html'),
    `<!doctype html><title>a page</title><link rel="icon" href="data:," />${script}</script>`,
  );
}

/** What a page gives, in a browser that has nothing to complain of. */
async function resultIn(folder: string): Promise<unknown> {
  const open = await openPage(folder);
  try {
    await open.page.waitForFunction('globalThis.result !== undefined');
    const result = await open.page.evaluate('globalThis.result');
    expect(open.complaints).toEqual([]);
    return result;
  } finally {
    await open.close();
  }
}
