import { OptionError } from '../../errors.ts';
import { publishedSubjects } from '../../verify/own-subjects.ts';
import type { Report } from '../../verify/report.ts';
import { type AnySubject, verify } from '../../verify/verify.ts';
import { importModule } from '../objectives/own-module.ts';

/** The verification of one of several subjects. */
export interface VerifyWork {
  readonly format: 'keepgate-verify-1';
  readonly keepgate: string;
  /** The SHA-256 of the module that exports the subjects; null for those of keepgate itself. */
  readonly module: string | null;
  /** The number of the subject among them. */
  readonly at: number;
  readonly seed: number;
  /** Examples for each property; null for as many as each needs. */
  readonly runs: number | null;
}

/**
 * @param path of the module on this machine
 * @throws DataError where another module is there
 */
export async function runVerification(work: VerifyWork, path: string | undefined): Promise<Report> {
  const { module, at, seed, runs } = work;
  const subjects = module === null ? publishedSubjects() : await exported(path as string, module);
  const subject = subjects[at];
  if (!subject) throw new OptionError(`verify: ${at + 1} subjects were expected, but ${subjects.length} are there`);
  return verify(subject, { seed, ...(runs === null ? {} : { runs }) });
}

async function exported(path: string, hash: string): Promise<readonly AnySubject[]> {
  const { default: subjects } = (await importModule(path, hash)) as { default?: AnySubject | readonly AnySubject[] };
  return Array.isArray(subjects) ? subjects : [subjects as AnySubject];
}
