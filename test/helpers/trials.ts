import type { Cell } from 'keepgate';
import * as trials from '../../src/verify/white-box/trial.ts';
import type { Rates, SchemeRow } from './schemes.ts';

export { drawPlans, type Inputs, type Plans, results, type Trial } from '../../src/verify/white-box/trial.ts';

/** What a trial of a row of the table of schemes is made from. */
export interface Setting extends trials.Setting {
  readonly rates: Rates;
}

export function makeTrial(cell: Cell, row: SchemeRow, { rates, ...setting }: Setting): trials.Trial {
  return trials.makeTrial(cell, row.build(rates), setting);
}
