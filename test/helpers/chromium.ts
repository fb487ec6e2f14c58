import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { build, createLogger, type InlineConfig } from 'vite';
import { ROOT } from './run-script.ts';

/** A browser to test with: the one that CHROMIUM_PATH names, or the system's. */
export const CHROMIUM: string = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Where there is no Chromium its tests are left out; CI must have it. */
export const NO_CHROMIUM: boolean = !existsSync(CHROMIUM) && !process.env.CI;

/** Says so in the names of tests. */
export const IN_CHROMIUM: string = NO_CHROMIUM ? `in Chromium (left out: there is no ${CHROMIUM})` : 'in Chromium';

/** Software adapters: they are there on every machine, and are right, if slow. */
export const WEBGPU_FLAGS: readonly string[] = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

/** No sandbox, since root has none; and nothing that asks the network. */
const FLAGS: readonly string[] = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Chromium says this of WebGL whenever numbers are read back, which is what an engine is for. */
const READING_BACK = /GPU stall due to ReadPixels/;

/** A page that is open in a browser of its own. */
export interface OpenPage {
  readonly page: Page;
  /** The paths that the page asked its server for, in order. */
  readonly requests: readonly string[];
  /** What was printed, thrown or not found: a page that is all right has none. */
  readonly complaints: readonly string[];
  close(): Promise<void>;
}

/** Headers that isolate a page from other origins: it can then share memory with workers. */
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

/** Serve a folder, and open a page of it in a browser that is started with these flags. */
export async function openPage(
  folder: string,
  {
    path = '',
    flags = [],
    isolated = false,
  }: { readonly path?: string; readonly flags?: readonly string[]; readonly isolated?: boolean } = {},
): Promise<OpenPage> {
  const requests: string[] = [];
  const complaints: string[] = [];
  const server = createServer(async ({ url = '/' }, response) => {
    const asked = normalize(new URL(url, 'http://localhost').pathname);
    requests.push(asked);
    try {
      const file = join(folder, asked === '/' ? 'index.html' : asked);
      const content = await readFile(file);
      const type = { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' };
      response.writeHead(200, { ...type, ...(isolated ? ISOLATED : {}) }).end(content);
    } catch {
      complaints.push(`not found: ${asked}`);
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...flags] }).catch((error) => {
    server.close();
    throw error;
  });
  const close = async (): Promise<void> => {
    await browser.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  try {
    const page = await browser.newPage();
    page.on('console', (message) => {
      if (!READING_BACK.test(message.text())) complaints.push(`console.${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => complaints.push(`page error: ${error.stack ?? error.message}`));
    page.on('crash', () => complaints.push('the page crashed'));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`);
    return { page, requests, complaints, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

/** Bundle a module of this repository, with `keepgate` from its sources, as a page. Returns what the bundler says. */
export async function bundleModule(file: string, folder: string): Promise<readonly string[]> {
  const warnings = await bundle({
    root: ROOT,
    resolve: {
      alias: [
        { find: /^keepgate$/, replacement: `${ROOT}src/index.ts` },
        // What a page gets of the package: see "imports" in package.json.
        { find: /^#platform\/(.*)\.js$/, replacement: `${ROOT}src/platform/$1.browser.ts` },
      ],
    },
    build: {
      outDir: folder,
      emptyOutDir: true,
      rolldownOptions: { input: file, output: { entryFileNames: 'page.js' } },
    },
  });
  await writeFile(join(folder, 'index.html'), PAGE);
  return warnings;
}

/** Its icon is empty, so that no browser asks for one. */
const PAGE =
  '<!doctype html><title>keepgate</title><link rel="icon" href="data:," /><script type="module" src="page.js"></script>';

/** Run Vite's build without a file of settings. Returns its warnings and errors. */
export async function bundle(config: InlineConfig): Promise<readonly string[]> {
  const warnings: string[] = [];
  const say = (message: string): void => {
    warnings.push(message);
  };
  const customLogger = { ...createLogger('warn'), warn: say, warnOnce: say, error: say };
  // gpu.js is a chunk of 800 kB, which pages load when they use it.
  const settings = { ...config.build, chunkSizeWarningLimit: 1000 };
  // Vite builds for what this says, and test runners set it.
  const { NODE_ENV = 'test' } = process.env;
  process.env.NODE_ENV = 'production';
  try {
    await build({ configFile: false, logLevel: 'warn', customLogger, ...config, build: settings });
  } finally {
    process.env.NODE_ENV = NODE_ENV;
  }
  return warnings;
}
