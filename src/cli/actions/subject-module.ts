import { DataError, KeepgateError, messageOf, OptionError, show } from '../../errors.ts';
import { importPackage } from '../../platform/packages/import-package.js';
import { locateModule } from '../../platform/modules.ts';
import type { AnySubject } from '../../verify/verify.ts';

/** @throws OptionError for a name that no module can have */
export function expectModuleName(module: string): void {
  if (module.trim() === '') {
    throw new OptionError(`verify: the path of a module or a package was expected, but ${show(module)} came`);
  }
}

/**
 * Work on the subjects that a module exports, while its code may run. Whatever is wrong with it is no fault of the command.
 * @throws DataError when the module cannot be loaded, has no subject, or its subjects fail
 */
export async function withSubjectsOf<R>(
  module: string,
  work: (subjects: readonly AnySubject[]) => Promise<R>,
): Promise<R> {
  const release = expectVerdict(module);
  const giveBack = keepResultsApart();
  try {
    return await work(await subjectsOf(module));
  } catch (error) {
    throw error instanceof KeepgateError ? new DataError(error.message) : error;
  } finally {
    giveBack();
    release();
  }
}

/**
 * A module can end the process, and so can waiting for a promise that is never kept: neither is a verdict.
 * @returns what to call when there is one
 */
function expectVerdict(module: string): () => void {
  const onExit = (): void => {
    process.exitCode = 1;
    console.error(
      `keepgate: verify: a verdict was expected, but the process ended without one; does ${show(module)} call process.exit(), or wait for a promise that is never kept?`,
    );
  };
  const release = (): void => {
    process.off('exit', onExit);
    process.stdout.off('error', release);
  };
  process.on('exit', onExit);
  // A reader of the results that has seen enough ends the process as well: see main.ts.
  process.stdout.prependListener('error', release);
  return release;
}

/** What a module prints goes to standard error: standard output is for the results. @returns what to call at the end */
function keepResultsApart(): () => void {
  const { log, info, debug } = console;
  Object.assign(console, { log: console.error, info: console.error, debug: console.error });
  return () => Object.assign(console, { log, info, debug });
}

async function subjectsOf(module: string): Promise<readonly AnySubject[]> {
  if (module.endsWith('.onnx')) {
    const { onnxSubject } = await import('../../verify/onnx/onnx-subject.ts');
    return [await onnxSubject(module)];
  }
  const { default: exported } = await load(module);
  const subjects = Array.isArray(exported) ? exported : exported === undefined ? [] : [exported];
  if (subjects.length === 0) {
    throw new DataError(
      `verify: a subject, or a list of them, was expected as the default export of ${show(module)}, but ${exported === undefined ? 'there is none' : 'an empty list came'}; see keepgate/verify`,
    );
  }
  return subjects;
}

async function load(module: string): Promise<{ default?: AnySubject | AnySubject[] }> {
  try {
    return (await importPackage(locateModule(module))) as { default?: AnySubject };
  } catch (error) {
    const why = messageOf(error);
    // Which file asked for it says nothing.
    const told = why.replace(/ imported from .*import-package\.js/, '');
    throw new DataError(
      `verify: a module was expected at ${show(module)}, but it cannot be loaded (${told}); check the path, or the package's name`,
    );
  }
}
