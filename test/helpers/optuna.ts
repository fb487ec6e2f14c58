import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './run-script.ts';

const SCRIPT = join(ROOT, 'test/golden/read-journal.py');

/** A Python that has Optuna, such as Debian's with the package python3-optuna; undefined where there is none. */
export const OPTUNA: string | undefined = ['/usr/bin/python3', 'python3'].find((python) => {
  try {
    execFileSync(python, ['-c', 'import optuna.storages; optuna.storages.JournalStorage'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

/** What Optuna reads in a journal. */
export function readByOptuna(path: string): unknown {
  return JSON.parse(
    execFileSync(OPTUNA as string, [SCRIPT, path], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }),
  );
}
