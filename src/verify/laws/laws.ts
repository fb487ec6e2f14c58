import type { Law } from '../white-box/law.ts';
import { addingAScheme } from './adding-a-scheme.ts';
import { batchPermutation } from './batch-permutation.ts';
import { chunking } from './chunking.ts';
import { droppedUnitGradient } from './dropped-unit-gradient.ts';
import { evalIsBareCell } from './eval-is-bare-cell.ts';
import { evaluationChangesNoWeight } from './evaluation-changes-no-weight.ts';
import { evaluationDrawsNothing } from './evaluation-draws-nothing.ts';
import { everySiteActs } from './every-site-acts.ts';
import { expectationExact } from './expectation-exact.ts';
import { gradients } from './gradients.ts';
import { gradientsOfStacks } from './gradients-of-stacks.ts';
import { loopEqualsLayer } from './loop-equals-layer.ts';
import { outputLeavesTheState } from './output-leaves-the-state.ts';
import { paddingChangesNothing } from './padding-changes-nothing.ts';
import { rateZeroIsBareCell } from './rate-zero-is-bare-cell.ts';
import { rawWeightsUntouched } from './raw-weights-untouched.ts';
import { recurrentMaskLeavesTheCarry } from './recurrent-mask-leaves-the-carry.ts';
import { replay } from './replay.ts';
import { sequenceMaskIsFixed } from './sequence-mask-is-fixed.ts';
import { sharding } from './sharding.ts';
import { stepMaskDiffers } from './step-mask-differs.ts';
import { zoneHoldsTheState } from './zone-holds-the-state.ts';
import { zoneoutExpectation } from './zoneout-expectation.ts';

/** Every law of a cell with a scheme, one a file; those first whose failure says most. */
export const LAWS: readonly Law[] = [
  rateZeroIsBareCell,
  evalIsBareCell,
  evaluationDrawsNothing,
  evaluationChangesNoWeight,
  everySiteActs,
  recurrentMaskLeavesTheCarry,
  outputLeavesTheState,
  zoneHoldsTheState,
  expectationExact,
  zoneoutExpectation,
  gradients,
  gradientsOfStacks,
  droppedUnitGradient,
  rawWeightsUntouched,
  paddingChangesNothing,
  batchPermutation,
  chunking,
  loopEqualsLayer,
  sequenceMaskIsFixed,
  stepMaskDiffers,
  addingAScheme,
  sharding,
  replay,
];
