/**
 * The WebAssembly module of the simd engine: these functions, and nothing else. Its memory is the host's. Pointers are in
 * bytes, sizes and distances between rows in numbers, all numbers are float32, and ids, labels and lengths are int32.
 * Nothing outside of the given operands is read or written, and no state is kept between calls.
 */
export { softmax, softmaxCrossEntropy, softmaxGrad } from './classes';
export { exp, log, log4, sigmoid, sigmoid4, tanh, tanh4 } from './functions';
export { adam, sgd } from './optimizers';
export { pack, packedBytes, packTransposed } from './pack';
export { peak } from './peak';
export { multiply, multiplyTransposed, transposedWorkBytes } from './products';
export { add, axpy, sum, sumRows, sumSquares } from './sums';
export { gather, reverse, scatterAdd } from './tables';
