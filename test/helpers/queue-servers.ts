/** Servers that a test starts, on a free port and in a folder of its own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where a program is; null where it is not installed. In CI it must be. */
function programOf(name: string, folders: readonly string[] = []): string | null {
  const found = [...(process.env.PATH ?? '').split(':'), ...folders]
    .map((folder) => join(folder, name))
    .find(existsSync);
  if (found === undefined && process.env.CI) throw new Error(`${name} was expected, as .ci/run installs it`);
  return found ?? null;
}

/** Debian keeps what is not for everybody in folders by version. */
const POSTGRES_FOLDERS = existsSync('/usr/lib/postgresql')
  ? readdirSync('/usr/lib/postgresql').map((version) => `/usr/lib/postgresql/${version}/bin`)
  : [];

export const REDIS: string | null = programOf('redis-server');
export const POSTGRES: string | null = programOf('initdb', POSTGRES_FOLDERS);

export interface TestServer {
  readonly url: string;
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>;
  /** Begins it again on the same port. @param isEmpty without what it had */
  start(isEmpty?: boolean): Promise<void>;
  close(): Promise<void>;
}

export function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}

/** @param settings as on the command line: `--maxmemory`, `4mb` */
export async function redisServer(...settings: readonly string[]): Promise<TestServer> {
  const dir = mkdtempSync(join(tmpdir(), 'keepgate-redis-'));
  const port = await freePort();
  return program({
    url: `redis://127.0.0.1:${port}`,
    dir,
    spawn: () => {
      const own = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', dir, '--appendonly', 'yes', '--save', ''];
      return spawn(REDIS as string, [...own, ...settings], { stdio: ['ignore', 'pipe', 'ignore'] });
    },
    isReady: /Ready to accept connections/,
    clear: () => rmSync(join(dir, 'appendonlydir'), { recursive: true, force: true }),
  });
}

/** PostgreSQL does not run as root: then as its own user. */
export async function postgresServer(): Promise<TestServer> {
  const dir = mkdtempSync(join(tmpdir(), 'keepgate-postgres-'));
  const port = await freePort();
  const bin = join(POSTGRES as string, '..');
  const asUser = (file: string, args: readonly string[]): readonly [string, readonly string[]] =>
    process.getuid?.() === 0
      ? ['setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', file, ...args]]
      : [file, args];
  if (process.getuid?.() === 0) execFileSync('chown', ['postgres:postgres', dir]);
  else chmodSync(dir, 0o700);
  const data = join(dir, 'data');
  const [initdb, initArgs] = asUser(join(bin, 'initdb'), [
    '-D',
    data,
    '-U',
    'keepgate',
    '-A',
    'trust',
    '-E',
    'UTF8',
    '--no-sync',
  ]);
  execFileSync(initdb, initArgs, { stdio: 'ignore', cwd: dir });
  return program({
    url: `postgres://keepgate@127.0.0.1:${port}/postgres`,
    dir,
    spawn: () => {
      const [postgres, args] = asUser(join(bin, 'postgres'), [
        '-D',
        data,
        '-p',
        `${port}`,
        '-k',
        dir,
        '-h',
        '127.0.0.1',
      ]);
      return spawn(postgres, args, { stdio: ['ignore', 'ignore', 'pipe'], cwd: dir });
    },
    isReady: /ready to accept connections/,
    clear: () => {
      throw new Error('not with PostgreSQL');
    },
  });
}

async function program(of: {
  readonly url: string;
  readonly dir: string;
  spawn(): ChildProcess;
  readonly isReady: RegExp;
  clear(): void;
}): Promise<TestServer> {
  let child: ChildProcess | null = null;
  let ended: Promise<void> = Promise.resolve();
  const server: TestServer = {
    url: of.url,
    async kill() {
      child?.kill('SIGKILL');
      child = null;
      await ended;
    },
    async start(isEmpty = false) {
      if (isEmpty) of.clear();
      const started = of.spawn();
      child = started;
      ended = new Promise((done) => {
        started.once('close', () => done());
      });
      await new Promise<void>((done, refuse) => {
        let said = '';
        for (const stream of [started.stdout, started.stderr]) {
          stream?.on('data', (text) => {
            said = `${said}${text}`.slice(-5000);
            if (of.isReady.test(said)) done();
          });
        }
        started.once('error', refuse);
        started.once('close', () => refuse(new Error(`the server ended: ${said}`)));
      });
    },
    async close() {
      await server.kill();
      rmSync(of.dir, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}
