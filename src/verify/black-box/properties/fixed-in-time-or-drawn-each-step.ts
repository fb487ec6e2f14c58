import { expectIndependent, expectSame, type SiteProperty } from '../mask-verdict.ts';

/** What the claimed scope says of the masks of two timesteps. */
export const fixedInTimeOrDrawnEachStep: SiteProperty = ({ site, scope }, { time }) =>
  scope === 'sequence'
    ? expectSame('fixed-in-time', site, 'one mask for all steps', time)
    : expectIndependent('drawn-each-step', site, 'a mask of its own for each step', time);
