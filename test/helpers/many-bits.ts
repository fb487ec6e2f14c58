import { fold, key, type Mask, sample } from 'keepgate';
import type { MaskRule } from '../../src/masks/scheme.ts';
import { SEED } from './laws.ts';

const EXTENTS = {
  batch: 40,
  time: 6,
  inputSize: 30,
  hiddenSize: 40,
  gates: 4,
  // All words differ: entries of the same word type are the same.
  tokens: { ids: Int32Array.from({ length: 40 * 6 }, (_, place) => place) },
};

/** Masks of a rule drawn with one key after the other, until they have enough bits together. */
export function drawMasks(rule: MaskRule, atLeast: number): Mask[] {
  const masks: Mask[] = [];
  for (let count = 0; count < atLeast; ) {
    const mask = sample([rule], fold(key(SEED), masks.length), EXTENTS).masks[rule.site] as Mask;
    masks.push(mask);
    count += mask.values.length;
  }
  return masks;
}
