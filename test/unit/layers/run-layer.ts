import {
  type Extents,
  fold,
  type Key,
  key,
  type Layer,
  mean,
  type Plan,
  type SchemeLike,
  sample,
  Tensor,
} from 'keepgate';
import { createReferenceEngine } from '../../../src/engines/reference/engine.ts';
import { uploadBatch } from '../../../src/train/pass.ts';

/** How a layer is run: with masks of this key, or in evaluation without one. */
export interface LayerTrial {
  readonly weights: Readonly<Record<string, Tensor>>;
  readonly key?: Key;
  readonly update?: number;
}

/** What came of it. */
export interface LayerResult {
  /** [T,B,N] */
  readonly y: Tensor;
  /** What the layer adds to the loss. */
  readonly penalties: readonly number[];
}

type Samples = readonly (readonly number[])[] | readonly (readonly (readonly number[])[])[];

/** Run one layer over samples. */
export async function runLayer(
  layer: Layer,
  samples: Samples,
  { weights, key: from, update = 0 }: LayerTrial,
): Promise<LayerResult> {
  const ops = createReferenceEngine();
  const first = samples.find((one) => one.length > 0)?.[0];
  const input =
    layer.vocabulary === undefined
      ? ({ kind: 'sequence', size: (first as readonly number[]).length } as const)
      : ({ kind: 'tokens', vocabulary: layer.vocabulary } as const);
  const plan = (scheme: SchemeLike, label: string, extents: Extents): Plan =>
    from ? sample(scheme, fold(from, label), { ...extents, update }) : mean(scheme, { update });
  const { x, ...batch } = uploadBatch(ops, input, samples as never);
  const handles = Object.fromEntries(
    Object.entries(weights).map(([name, value]) => [name, ops.upload(value.toFlat(), value.shape)]),
  );
  const run = layer.run({ ops, ...batch, learned: {}, plan }, handles, x);
  const penalties = (run.penalties ?? []).map(async (penalty) => (await ops.read(penalty()))[0] as number);
  return {
    y: new Tensor(await ops.read(run.y), run.y.shape),
    penalties: await Promise.all(penalties),
  };
}

/** Fresh weights for token ids, or for sequences of `size` numbers a step. */
export function weightsOf(layer: Layer, size: number): Record<string, Tensor> {
  const input =
    layer.vocabulary === undefined
      ? ({ kind: 'sequence', size } as const)
      : ({ kind: 'tokens', vocabulary: size } as const);
  return layer.initialise(input, key(11));
}
