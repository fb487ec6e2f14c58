/**
 * The WebAssembly module of the simd engine: these functions, and nothing else. Its memory is the host's. Pointers are in
 * bytes, sizes and distances between rows in numbers, all numbers are float32, and ids, labels and lengths are int32.
 * Nothing outside of the given operands is read or written but the first bytes of the memory, by which threads share work.
 * What threads share they do through `begin`; the functions behind it, exp, log and peak are here for tests and benchmarks.
 */
export { softmax, softmaxCrossEntropy, softmaxGrad } from './softmax';
export { exp, log, log4 } from './exp-log';
export { normalise, normaliseGrad } from './normalise';
export { pack, packedBytes, packTransposed, panelColumns } from './pack';
export { peak } from './peak-speed';
export { ranks } from './ranks';
export {
  blockRows,
  multiply,
  multiplyTransposed,
  packBlocks,
  packWorkBytes,
  tileRows,
  transposedWorkBytes,
} from './products';
export { sum, sumColumns, sumRows } from './sums';
export { clear, copy, gather, reverse, scatterAdd } from './tables';
export { callAddress, controlBytes, mostBands, mostCalls, runAddress } from './room';
export {
  append,
  awaitOthers,
  awaitRun,
  begin,
  finishRun,
  kernelWords,
  openRun,
  runWords,
  serve,
  stop,
  takeRemaining,
} from './threads';
