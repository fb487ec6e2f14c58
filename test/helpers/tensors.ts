export * from '../../src/verify/white-box/tensors.ts';
