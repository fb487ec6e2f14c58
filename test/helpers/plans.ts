export * from '../../src/verify/plan-masks.ts';
