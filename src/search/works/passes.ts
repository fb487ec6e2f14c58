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

/** A process has one model for all its ranges, and its engine as long as it lives. */
let loaded: { readonly path: string; readonly classifier: Promise<TextClassifier> } | null = null;

/** @param path of the packed model */
export async function runPasses(
  { texts, passes, seed, first }: PassesWork,
  path: string,
): Promise<readonly UnsurePrediction[]> {
  if (loaded?.path !== path) loaded = { path, classifier: load(path) };
  return (await loaded.classifier).predictMC(texts, { passes, key: key(seed), first });
}

async function load(path: string): Promise<TextClassifier> {
  return TextClassifier.load(await packedModel(path), { engine: await createEngine('simd', { threads: 1 }) });
}
