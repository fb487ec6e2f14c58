// Writes vendor/simd.js: the WebAssembly of src/engines/simd/assembly, compiled once for each build, as text in one ES
// module, so that it loads wherever a module does: in Node, in browsers and in workers, without a file to fetch beside it.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { layoutCode, layoutDeclarations, readLayout } from './assembly-layout.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = 'src/engines/simd/assembly';
/** The builds of the module: the compiler's options beside `OPTIONS`. Those that the machine may lack come first. */
const builds = { relaxed: '--enable relaxed-simd', standard: '' };
/** All that is compiled: the source, and the options. What V8 makes 256-bit code of has relaxed SIMD. */
const sources = { wide: ['wide', builds.relaxed] };
for (const [name, features] of Object.entries(builds)) sources[name] = ['index', features];
/**
 * With the names of functions, for profilers. Warning 112, "Exchange of 'v128' values", is said of functions that modules
 * of kernels import, and of those that other files do.
 */
const OPTIONS =
  '--outFile simd.wasm --noColors -O3 --debug --noAssert --runtime stub --enable simd --enable threads --importMemory ' +
  '--noExportMemory --sharedMemory --initialMemory 0 --maximumMemory 65536 --disableWarning 112';

/** The binary of a module, for a shared memory. */
async function compile(source, features) {
  let binary;
  const options = `${OPTIONS} ${features}`.trim().split(' ');
  const { error, stderr } = await asc.main([`${folder}/${source}.ts`, '--baseDir', root, ...options], {
    writeFile: (_, contents) => {
      binary = contents;
    },
  });
  if (error) throw new Error(`${folder}/${source}.ts does not compile:\n${stderr}`);
  return binary;
}

/** Where a binary says what memory it imports: 3 is one that is shared, 1 one that is not, both with a maximum. */
function placeOfMemoryFlags(binary) {
  const before = Buffer.from('\x03env\x06memory\x02', 'latin1');
  const at = Buffer.from(binary).indexOf(before) + before.length;
  if (at < before.length || binary[at] !== 3) throw new Error('the import of a shared memory was not found');
  return at;
}

/** The exports as TypeScript sees them, with their comments: `usize` and the like are numbers. */
async function declarations() {
  const index = await readFile(join(root, folder, 'index.ts'), 'utf8');
  const found = [];
  for (const [, names, from] of index.matchAll(/export \{([^}]*)\} from '\.\/([\w-]+)';/g)) {
    const text = await readFile(join(root, folder, `${from}.ts`), 'utf8');
    for (const name of names.split(',').map((part) => part.trim())) {
      if (name === '') continue;
      const declared = new RegExp(
        `((?:/\\*\\*(?:(?!\\*/)[^])*\\*/\\n)?)export function ${name}\\(([^)]*)\\): (\\w+) \\{`,
      );
      const [, comment, parameters, result] = declared.exec(text) ?? [];
      if (parameters === undefined) throw new Error(`${folder}/${from}.ts: no function ${name} was found`);
      // Of a vector: for other modules to import, since JavaScript cannot call it.
      if (parameters.includes('v128')) {
        found.push(`${comment}  readonly ${name}: unknown;\n`);
        continue;
      }
      const list = parameters
        .replace(/\s+/g, ' ')
        .replace(/, $/, '')
        .replace(/: (usize|i32|f32|f64|bool)/g, ': number');
      found.push(`${comment}  readonly ${name}: (${list.trim()}) => ${result === 'void' ? 'void' : 'number'};\n`);
    }
  }
  return found.join('\n');
}

const code = {};
const flags = {};
for (const [name, [source, features]] of Object.entries(sources)) {
  const binary = await compile(source, features);
  code[name] = Buffer.from(binary).toString('base64');
  flags[name] = placeOfMemoryFlags(binary);
}

const read = (file) => readFile(join(root, folder, file), 'utf8');
/** A script that runs elsewhere, as text. */
const script = async (file) => JSON.stringify(await readFile(join(root, 'src/engines/simd', file), 'utf8'));
const layout = readLayout(await Promise.all(['operations.ts', 'masks.ts'].map(read)));

await mkdir(join(root, 'vendor'), { recursive: true });
await writeFile(
  join(root, 'vendor/simd.js'),
  `// Made from ${folder} by scripts/build-assembly.mjs.
const code = ${JSON.stringify(code, null, 2)};
const memoryFlags = ${JSON.stringify(flags)};

/** What another thread runs. */
export const threadSource = ${await script('threads/thread.js')};

/** What a process runs that tries the products of 'wide'. */
export const probeSource = ${await script('wide-probe.js')};

export function simdCode(build, { shared }) {
  const bytes = Uint8Array.from(atob(code[build]), (character) => character.charCodeAt(0));
  // One byte of the binary says whether the imported memory is shared: nothing else of it would differ.
  bytes[memoryFlags[build]] = shared ? 3 : 1;
  return bytes;
}

${layoutCode(layout)}`,
);
await writeFile(
  join(root, 'vendor/simd.d.ts'),
  `// Made from ${folder} by scripts/build-assembly.mjs.

/** Builds that a machine may lack come first. */
export type BuildId = ${Object.keys(builds)
    .map((id) => `'${id}'`)
    .join(' | ')};

/**
 * The binary of a module that imports its memory as \`env.memory\`: a WebAssembly.Memory with a maximum, shared or not.
 * The build 'relaxed' needs relaxed SIMD: see whether WebAssembly.validate accepts it. 'wide' is the module of products that
 * a build imports as \`wide\`: its exports, or { isWide: 0, multiplyPanels() {} } for none.
 */
export declare function simdCode(build: BuildId | 'wide', memory: { readonly shared: boolean }): Uint8Array<ArrayBuffer>;

/** What another thread runs: a script that takes { module, wide, memory }. */
export declare const threadSource: string;

/** What a process of Node runs that tries the products of 'wide': see src/engines/simd/wide-probe.js. */
export declare const probeSource: string;

/** What an instance exports. Pointers are in bytes, sizes and distances between rows in numbers, unless it says bytes. */
export interface SimdExports {
${await declarations()}}

${layoutDeclarations(layout)}`,
);
