import { DataError } from '../../../errors.ts';

/** What is said of an HDF5 file that breaks a rule. */
export function brokenHdf5(expected: string, came: string): DataError {
  return new DataError(`hdf5: ${expected} was expected, but ${came} came; fetch or save the file again`);
}
