export * from '../../src/verify/tensors.ts';
