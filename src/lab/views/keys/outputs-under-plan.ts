import { createEngine, key, type Plan, recurrent, tensor, uniform } from 'keepgate';
import type { Settings } from '../../state/lab-settings.ts';

/**
 * What a layer gives under a plan: y [B,T,H] in a row, in float64. The layer and its inputs follow from the sizes alone, so
 * that two plans with the same masks come to the same numbers.
 */
export async function outputsUnder(plan: Plan, { cell, T, I, H, B }: Settings): Promise<readonly number[]> {
  const engine = await createEngine('reference');
  try {
    const layer = recurrent({ cell, inputSize: I, hiddenSize: H, key: key(0), engine });
    const { y, dispose } = await layer.forward(tensor(uniform(key(1), B * T * I, -1, 1), [B, T, I]), { plan });
    dispose();
    await layer.dispose();
    return (y.toArray() as number[][][]).flat(2);
  } finally {
    await engine.dispose();
  }
}
