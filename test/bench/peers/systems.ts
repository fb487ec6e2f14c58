import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What is compared: a command that speaks the line protocol of common/peer.mjs. */
export interface System {
  /** A child may add a note to it. */
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** How to get what it needs, when that is not there. */
  readonly missing: string | null;
}

const here = fileURLToPath(new URL('.', import.meta.url));

/** The folders in which `npm ci` installs a peer. */
export const INSTALLED_BY_NPM: readonly string[] = ['tfjs', 'jax-js'].map((folder) => join(here, folder));

/** All systems; which Python can import torch is found out when there is reason to. */
export function systems(): System[] {
  return [
    ...[false, true].flatMap((wide) => [1, 2].map((threads) => keepgate(threads, wide))),
    ...[...TFJS, ['jax-js wasm', 'jax-js']].map(nodePeer),
    ...pytorch(),
  ];
}

/** @param wide with products in 256 bit, which Node 24 and 26 have; with fused multiply-adds on Node 20 */
function keepgate(threads: number, wide: boolean): System {
  return {
    name: `keepgate simd${wide ? ' wide' : ''}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    command: [process.execPath, '--import', 'tsx', join(here, 'keepgate/child.ts'), String(threads), String(wide)],
    missing: null,
  };
}

const TFJS = [
  ['tfjs wasm, core loop', 'tfjs', 'wasm', 'core'],
  ['tfjs wasm, layers', 'tfjs', 'wasm', 'layers'],
  ['tfjs cpu, core loop', 'tfjs', 'cpu', 'core'],
];

function nodePeer([name = '', folder = '', ...args]: readonly string[]): System {
  return {
    name,
    command: [process.execPath, join(here, folder, 'child.mjs'), ...args],
    missing: existsSync(join(here, folder, 'node_modules')) ? null : 'npm run bench:peers -- --install',
  };
}

/** The last has no subnormal numbers: `torch.set_flush_denormal(True)`. */
const PYTORCH = [
  ['loop', 'loop'],
  ['script', 'script'],
  ['fused', 'fused'],
  ['flushing loop', 'loop', 'flush'],
] as const;

/** Each way of writing the loop, on the BLAS of the system and on the one that was fetched beside it. */
function pytorch(): System[] {
  const child = join(here, 'pytorch/child.py');
  const python = ['/usr/bin/python3', 'python3'].find(
    (name) => spawnSync(name, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0,
  );
  const missing = python ? null : 'a python3 that imports torch, such as that of the package python3-torch of Debian';
  const fetched = fetchedBlas();
  return PYTORCH.flatMap(([kind, ...args]) => {
    const command = [python ?? 'python3', child, ...args] as const;
    const stock = { name: `pytorch ${kind}, stock`, command, missing };
    const name = `pytorch ${kind}, fetched`;
    if (!fetched) return [stock, { name, command, missing: missing ?? 'pytorch/fetch-openblas.sh' }];
    return [stock, { name, command, missing, env: { LD_LIBRARY_PATH: fetched } }];
  });
}

/** The folder of libraries of what pytorch/fetch-openblas.sh has unpacked: the name of the machine is in its path. */
function fetchedBlas(): string | undefined {
  const root = join(here, 'pytorch/openblas/usr/lib');
  if (!existsSync(root)) return undefined;
  return readdirSync(root)
    .map((machine) => join(root, machine, 'openblas-openmp'))
    .find((folder) => existsSync(folder));
}
