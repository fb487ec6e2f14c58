import { DataError } from '../../../errors.ts';

/** What is said of a PyTorch file that breaks a rule. */
export function brokenPickle(expected: string, came: string): DataError {
  return new DataError(`pytorch: ${expected} was expected, but ${came} came; fetch or save the file again`);
}
