export * from '../../src/verify/white-box/plan-masks.ts';
