import { fork } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { arch, availableParallelism, cpus, hostname, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import host from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';

/** A process of ours that works for this one. */
export interface Child {
  send(message: object): void;
  /** Ends it at once, whatever it does. */
  kill(): void;
}

/** What a process is told of its child. */
export interface ChildEvents {
  message(message: unknown): void;
  /** It has ended by itself, or was killed. @param how such as 'by SIGKILL' or 'with status 1', and the last that it said on standard error */
  ended(how: string): void;
}

/** What is kept of a child's standard error. */
const LAST_WORDS = 2000;

/** Starts a module as a process of its own, which ends when this one does. @param url of a file */
export function startChild(url: string, events: ChildEvents): Child {
  const child = fork(fileURLToPath(url), [], {
    // Sources need what makes JavaScript of them; flags of this process, such as one to debug it, are not for the child.
    execArgv: url.endsWith('.ts') ? ['--import', pathToFileURL(createRequire(url).resolve('tsx')).href] : [],
    // What is printed is no result.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let lastWords = '';
  child.stderr?.on('data', (text) => {
    lastWords = `${lastWords}${text}`.slice(-LAST_WORDS);
  });
  child.on('message', (message) => events.message(message));
  // A message to a child that has just ended: it is told of below.
  child.on('error', () => {});
  child.on('close', (status, signal) => {
    const line = lastWords.split('\n').findLast((one) => /\w/.test(one) && !/^\s+at |^Node\.js v/.test(one));
    events.ended(`${signal ? `by ${signal}` : `with status ${status}`}${line ? `: ${line.trim()}` : ''}`);
  });
  return {
    send: (message) => {
      child.send(message, () => {});
    },
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}

/** The process that started this one. */
export interface Parent {
  send(message: object): void;
}

/** Sees every quarter of a second whether the parent is still there, from a thread: what the process does may never give way. */
const WATCH = `
  const { parentPort, workerData } = require('node:worker_threads');
  setInterval(() => process.ppid === workerData || process.kill(process.pid, 'SIGKILL'), 250);
  parentPort.postMessage('watching');
`;

/** In a child: hears its parent, and ends as soon as that is gone. */
export function hearParent(heard: (message: unknown) => void): Parent {
  host.on('disconnect', () => host.exit(1));
  // Ctrl-C reaches all processes of a terminal: the parent says what is to be done.
  host.on('SIGINT', () => {});
  const watch = new Worker(WATCH, { eval: true, execArgv: [], workerData: host.ppid });
  // No work is begun before: a thread does not start while the first one is busy.
  const watching = new Promise<void>((done) => {
    watch.once('message', () => {
      watch.unref();
      done();
    });
  });
  host.on('message', async (message) => {
    await watching;
    heard(message);
  });
  return {
    send: (message) => {
      host.send?.(message);
    },
  };
}

/** How many processes this machine runs at once. */
export function cores(): number {
  return availableParallelism();
}

/** This machine, as somebody would look for it. */
export function machineInWords(): string {
  return `${hostname()}: Node ${host.version}, ${platform()} ${arch()}, ${cpus()[0]?.model.trim() ?? 'unknown'}`;
}

/** A new folder where this machine keeps what is not for long. @param prefix of its name */
export function makeTemporaryFolder(prefix: string): Promise<string> {
  return mkdtemp(join(tmpdir(), prefix));
}
