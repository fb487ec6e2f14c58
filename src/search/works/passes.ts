import { createEngine } from '../../engines/select.ts';
import { key } from '../../random/key.ts';
import { TextClassifier, type TextPrediction } from '../../train/classifier/text-classifier.ts';
import type { Uncertainty } from '../../train/prediction/monte-carlo.ts';
import { packedModel } from './packed-model.ts';

/** Passes with dropout over some texts of a larger set: masks depend on the key, the pass and the number of a text alone. */
export interface PassesWork {
  readonly format: 'keepgate-passes-1';
  readonly keepgate: string;
  /** The model, by the SHA-256 of its files. */
  readonly model: string;
  readonly passes: number;
  readonly seed: number;
  /** The number of the first text in the whole set. */
  readonly first: number;
  readonly texts: readonly string[];
}

export type UnsurePrediction = TextPrediction & Uncertainty;

/** @param path of the packed model */
export async function runPasses(
  { texts, passes, seed, first }: PassesWork,
  path: string,
): Promise<readonly UnsurePrediction[]> {
  const engine = await createEngine('simd', { threads: 1 });
  try {
    const classifier = await TextClassifier.load(await packedModel(path), { engine });
    return await classifier.predictMC(texts, { passes, key: key(seed), first });
  } finally {
    await engine.dispose();
  }
}
