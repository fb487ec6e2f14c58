import { SITES } from '../../../masks/sites.ts';
import { expectIndependent, expectSame, type SiteProperty } from '../mask-verdict.ts';

/** What `tied` says of the masks of two gates, at the sites that can be untied. */
export const gatesAsClaimed: SiteProperty = ({ site, tied }, { gates }) => {
  if (!SITES[site].untied) return null;
  return tied
    ? expectSame('gates-as-claimed', site, 'one mask for all gates', gates)
    : expectIndependent('gates-as-claimed', site, 'a mask of its own for each gate', gates);
};
