import { expectIndependent, expectSame, type SiteProperty } from '../mask-verdict.ts';

/** Whether two units of a row have one entry, or one each. */
export const unitsDifferOrSharedAcrossUnits: SiteProperty = ({ site, shared }, { units }) =>
  shared.includes('unit')
    ? expectSame('shared-across-units', site, 'one entry for all units', units)
    : expectIndependent('units-differ', site, 'an entry of its own for each unit', units);
