import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { WorkName, WorkSize } from '../../../src/report/work-sizes.ts';
import type { System } from './systems.ts';

/** What a child says: see common/peer.mjs. */
export interface Answer {
  readonly version?: string;
  readonly note?: string;
  readonly times?: readonly number[];
  readonly values?: readonly number[];
  readonly biases?: number;
  readonly unsupported?: boolean;
  readonly error?: string;
}

/** These decide how many threads a BLAS takes, and which kernels: the children decide that, or the BLAS does. */
const UNSET = ['OPENBLAS_CORETYPE', 'OPENBLAS_NUM_THREADS', 'OMP_NUM_THREADS', 'MKL_NUM_THREADS'];

/** A system at work in a process of its own, which is idle unless it is asked something. */
export class Child {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #complaint = '';

  constructor({ command: [file, ...args], env }: System) {
    const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !UNSET.includes(name)));
    this.#process = spawn(file, args, {
      cwd: fileURLToPath(new URL('../../../', import.meta.url)),
      env: { ...inherited, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const { stdin, stdout, stderr } = this.#process;
    if (!stdin || !stdout || !stderr) throw new Error(`${file}: pipes were expected`);
    // What cannot be written to a process that has ended is answered by its missing line.
    stdin.on('error', () => {});
    this.#process.on('error', ({ message }) => {
      this.#complaint = message;
    });
    stderr.on('data', (text: Buffer) => {
      const lines = text.toString().trim().split('\n');
      this.#complaint = lines.find((line) => /error/i.test(line)) ?? (this.#complaint || (lines.at(-1) ?? ''));
    });
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  /** What it says first. */
  hello(): Promise<Answer> {
    return this.#next();
  }

  ask(kind: 'time' | 'check' | 'check-one-bias', work: WorkName, size: WorkSize): Promise<Answer> {
    const { batch, time, inputSize, hiddenSize } = size;
    return this.tell([kind, work, batch, time, inputSize, hiddenSize].join(' '));
  }

  /** What it answers to a line. */
  tell(line: string): Promise<Answer> {
    this.#process.stdin?.write(`${line}\n`);
    return this.#next();
  }

  async #next(): Promise<Answer> {
    const { value, done } = await this.#lines.next();
    return done ? { error: `the process has ended: ${this.#complaint}` } : (JSON.parse(value) as Answer);
  }

  /** The most memory that was resident at one time, in MB; none where there is no /proc. */
  peakMegabytes(): number | undefined {
    const kilobytes = /VmHWM:\s+(\d+)/.exec(this.#proc('status'))?.[1];
    return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1000);
  }

  /** The time that processors have spent on it; 0 where there is no /proc. */
  cpuMilliseconds(): number {
    // Behind the name, which is in parentheses and may hold anything: utime and stime, in hundredths of a second.
    const [user = 0, system = 0] = this.#proc('stat').split(') ').at(-1)?.split(' ').slice(11, 13).map(Number) ?? [];
    return 10 * (user + system);
  }

  #proc(file: string): string {
    try {
      return readFileSync(`/proc/${this.#process.pid}/${file}`, 'utf8');
    } catch {
      return '';
    }
  }

  /** End the process: when its input ends, or else by force. */
  async close(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#process;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.stdin?.end();
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), 2000);
    await ended;
    clearTimeout(timer);
  }
}
