// Writes vendor/gpu.js: the browser build of gpu.js as one ES module. docs/decisions/004 says why it is shipped so.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const source = dirname(require.resolve('gpu.js/package.json'));
const { version } = JSON.parse(await readFile(join(source, 'package.json'), 'utf8'));
// Not the minified file: it is one line, which Node prints whole above an error. Bundlers make it small.
const [license, code] = await Promise.all([
  readFile(join(source, 'LICENSE'), 'utf8'),
  readFile(join(source, 'dist/gpu-browser.js'), 'utf8'),
]);
// A module has no `this`, and Rollup warns of one. It would be the global object, which the wrapper asks for names.
const WRAPPER_END = '})(this, function() {';
if (code.split(WRAPPER_END).length !== 2)
  throw new Error(`${WRAPPER_END} once was expected in gpu-browser.js of gpu.js`);

await mkdir(join(root, 'vendor'), { recursive: true });
await writeFile(
  join(root, 'vendor/gpu.js'),
  `/*! gpu.js ${version}\n${license.trim()}\n*/
// Given a module of its own, the wrapper below exports instead of claiming a global name.
const module = { exports: {} };
const exports = module.exports;
${code.replace(WRAPPER_END, '})(globalThis, function() {')}
export default module.exports;
`,
);
await writeFile(
  join(root, 'vendor/gpu.d.ts'),
  `/** What of it is used: see src/engines/gpu/device/library.ts. */\ndeclare const gpu: unknown;\nexport default gpu;\n`,
);
