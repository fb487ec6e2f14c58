import { hostname, uptime } from 'node:os';
import { kill, pid } from 'node:process';
import { errorCode } from '../../errors.ts';

/** What names a process among those of all machines that a disk may be of. */
export interface ProcessName {
  readonly pid: number;
  readonly host: string;
}

export function thisProcess(): ProcessName {
  return { pid, host: hostname() };
}

/** Whether a process of this machine is there; also where it belongs to somebody else. */
export function isRunning(number: number): boolean {
  try {
    return kill(number, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** How long this machine has been running, in ms: processes of before are gone, whoever has their numbers now. */
export function millisecondsSinceBoot(): number {
  return uptime() * 1000;
}
