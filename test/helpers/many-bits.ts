import { fold, key, type Mask, sample } from 'keepgate';
import type { SiteRule } from '../../src/masks/scheme.ts';
import { SEED } from './laws.ts';

const EXTENTS = { batch: 40, time: 6, inputSize: 30, hiddenSize: 40, gates: 4 };

/** Masks of a rule drawn with one key after the other, until they have enough bits together. */
export function drawMasks(rule: SiteRule, atLeast: number): Mask[] {
  const masks: Mask[] = [];
  for (let count = 0; count < atLeast; ) {
    const mask = sample([rule], fold(key(SEED), masks.length), EXTENTS).masks[rule.site] as Mask;
    masks.push(mask);
    count += mask.bits.length;
  }
  return masks;
}
