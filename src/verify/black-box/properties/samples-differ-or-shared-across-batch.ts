import { isSharedByBatch } from '../../../masks/mask.ts';
import { expectIndependent, expectSame, type SiteProperty } from '../mask-verdict.ts';

/** Whether two samples of a batch have one mask, or one each. */
export const samplesDifferOrSharedAcrossBatch: SiteProperty = (claim, { samples }) =>
  isSharedByBatch(claim)
    ? expectSame('shared-across-batch', claim.site, 'one mask for all samples', samples)
    : expectIndependent('samples-differ', claim.site, 'a mask of its own for each sample', samples);
