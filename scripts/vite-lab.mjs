import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const src = fileURLToPath(new URL('../src/', import.meta.url));

/** The lab as static files that work in any folder of any site: no path in them is absolute. */
export default defineConfig({
  root: `${src}lab/`,
  base: './',
  logLevel: 'warn',
  resolve: {
    alias: [
      { find: /^keepgate$/, replacement: `${src}index.ts` },
      // What a page gets of the package: see "imports" in package.json.
      { find: /^#platform\/(.*)\.js$/, replacement: `${src}platform/$1.browser.ts` },
    ],
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
  build: {
    outDir: fileURLToPath(new URL('../dist/lab', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // gpu.js is one chunk, which is loaded when it is asked for.
    chunkSizeWarningLimit: 1000,
  },
});
