import { DataError } from '../../errors.ts';

/** What is said of a file that breaks a rule of ONNX or of protobuf. */
export function brokenOnnx(expected: string, came: string): DataError {
  return new DataError(`onnx: ${expected} was expected, but ${came} came; export the file again`);
}
