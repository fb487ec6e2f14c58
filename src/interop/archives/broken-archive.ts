import { DataError } from '../../errors.ts';

/** What is said of an archive that breaks a rule. */
export function brokenArchive(expected: string, came: string): DataError {
  return new DataError(`zip: ${expected} was expected, but ${came} came; fetch or export the file again`);
}
