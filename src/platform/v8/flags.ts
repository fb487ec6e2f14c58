import { spawnSync } from 'node:child_process';
import { arch, env, execArgv, execPath, versions } from 'node:process';
import { cachedDataVersionTag, setFlagsFromString } from 'node:v8';
import { isMainThread } from 'node:worker_threads';

/** V8 as Node runs it, with the flags by which it compiles. They are the whole process's. */
export interface V8 {
  /** Such as '13.6.233.17-node.53'. */
  readonly version: string;
  /** What it makes code for, such as 'x64'. */
  readonly arch: string;
  /** What the environment says of 256-bit products: KEEPGATE_WIDE. */
  readonly asked: string | undefined;
  /** Why its flags are to be left as they are, or null. */
  readonly locked: string | null;
  /** Whether a flag is on, or null where that cannot be known. V8 complains of one that it does not have. */
  isOn(name: string): boolean | null;
  set(name: string, on: boolean): void;
  /** What `node` prints with these arguments and this standard input; null where it cannot be started, or fails. */
  run(args: readonly string[], input?: string): string | null;
}

/** With these, to set another flag ends the process, or is in vain. */
const LOCKING = /^--(freeze[-_]flags[-_]after[-_]init|liftoff[-_]only)$/;
/** What runs `-e SCRIPT` as Node does: not a program that has Node in it, which would begin once more. */
const IS_NODE = /(^|[\\/])node(js)?(\.exe)?$/i;
/** How long a process of `run` may take, in ms. */
const PATIENCE = 20_000;

/** V8 under Node, or null under another host. */
export function findV8(): V8 | null {
  const { v8, electron, bun, deno } = versions as Partial<Record<string, string>>;
  if (!v8 || electron || bun || deno) return null;
  return { version: v8, arch, asked: env.KEEPGATE_WIDE, locked: whyLocked(), isOn, set, run };
}

function whyLocked(): string | null {
  if (!isMainThread) return "a worker thread does not set V8's flags, which are the whole process's";
  const locking = execArgv.find((flag) => LOCKING.test(flag));
  return locking === undefined ? null : `the process was started with ${locking}`;
}

function set(name: string, on: boolean): void {
  setFlagsFromString(on ? `--${name}` : `--no-${name}`);
}

/** V8 does not tell, but it has a number for all flags together: the one that changes nothing is how it was. */
function isOn(name: string): boolean | null {
  const before = cachedDataVersionTag();
  set(name, true);
  if (cachedDataVersionTag() === before) return true;
  set(name, false);
  return cachedDataVersionTag() === before ? false : null;
}

function run(args: readonly string[], input = ''): string | null {
  if (!IS_NODE.test(execPath)) return null;
  try {
    const { status, stdout } = spawnSync(execPath, args, {
      input,
      encoding: 'utf8',
      env: Object.fromEntries(Object.entries(env).filter(([name]) => name !== 'NODE_OPTIONS')),
      timeout: PATIENCE,
      windowsHide: true,
    });
    return status === 0 ? stdout : null;
  } catch {
    // Such as where a policy lets no process begin.
    return null;
  }
}
