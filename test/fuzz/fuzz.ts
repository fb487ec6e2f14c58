import { Random } from './random.ts';
import type { Outcome, Target } from './target.ts';
import { commandLines } from './targets/command-lines.ts';
import { keras } from './targets/keras.ts';
import { models } from './targets/models.ts';
import { onnx } from './targets/onnx.ts';
import { pytorch } from './targets/pytorch.ts';
import { safetensors } from './targets/safetensors.ts';
import { tables } from './targets/tables.ts';
import { tfjs } from './targets/tfjs.ts';

export const TARGETS: readonly Target[] = [safetensors, pytorch, keras, tfjs, onnx, tables, models, commandLines];

/** An input that was neither taken nor refused as it should be. */
export interface Finding {
  readonly input: number;
  readonly error: unknown;
}

interface Found {
  readonly taken: number;
  readonly refused: number;
  readonly findings: readonly Finding[];
}

/** Try so many inputs on a target. */
export async function fuzz(
  target: Target,
  folder: string,
  { inputs, first, seed }: { readonly inputs: number; readonly first: number; readonly seed: number },
): Promise<Found> {
  const { tryOne, close } = await target.open(folder);
  const counts: Record<Outcome, number> = { taken: 0, refused: 0 };
  const findings: Finding[] = [];
  for (let input = first; input < first + inputs; input++) {
    try {
      counts[await tryOne(new Random(seed, input))] += 1;
    } catch (error) {
      findings.push({ input, error });
    }
  }
  await close?.();
  return { ...counts, findings };
}
