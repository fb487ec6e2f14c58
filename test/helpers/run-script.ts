import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Run a TypeScript file of this repository as a process of its own. */
export function runScript(file: string, args: readonly string[], input = ''): Promise<Finished> {
  return runNode(['--import', 'tsx', file, ...args], ROOT, input);
}

export function runNode(args: readonly string[], cwd: string, input = ''): Promise<Finished> {
  return runCommand(process.execPath, args, cwd, input);
}

export function runCommand(command: string, args: readonly string[], cwd: string, input = ''): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
    child.stdin.on('error', () => {}); // A process that fails early does not read its input.
    child.stdin.end(input);
  });
}
