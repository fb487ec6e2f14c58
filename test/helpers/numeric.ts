export * from '../../src/verify/compare.ts';
