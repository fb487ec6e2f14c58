export * from '../../src/verify/white-box/compare.ts';
