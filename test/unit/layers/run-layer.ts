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
import type { Batch } from '../../../src/layers/layer.ts';
import { type Signature, sequence, tokens } from '../../../src/layers/signature.ts';
import { uploadBatch } from '../../../src/train/examples/batch.ts';
import { readSamples } from '../../../src/train/examples/samples.ts';

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
  const plan = (scheme: SchemeLike, label: string, extents: Extents): Plan =>
    from ? sample(scheme, fold(from, label), { ...extents, update }) : mean(scheme, { update });
  const input = inputOf(layer, (first as readonly number[]).length);
  const x = uploadBatch(ops, input, readSamples('test', samples, undefined, { layers: [layer], input }));
  const handles = Object.fromEntries(
    Object.entries(weights).map(([name, value]) => [name, ops.upload(value.toFlat(), value.shape)]),
  );
  const run = layer.run({ ops, training: from !== undefined, learned: {}, plan }, handles, { x });
  const penalties = (run.penalties ?? []).map(async (penalty) => (await ops.read(penalty()))[0] as number);
  const { values } = run.outputs.y as Batch;
  return {
    y: new Tensor(await ops.read(values), values.shape),
    penalties: await Promise.all(penalties),
  };
}

/** Fresh weights for token ids, or for sequences of `size` numbers a step. */
export function weightsOf(layer: Layer, size: number): Record<string, Tensor> {
  const specs = layer.weights({ x: inputOf(layer, size) });
  return Object.fromEntries(Object.entries(specs).map(([name, { init }]) => [name, init(key(11))]));
}

function inputOf(layer: Layer, size: number): Signature {
  const vocabulary = layer.inputs.x?.vocabulary;
  return vocabulary === undefined ? sequence(size) : tokens(vocabulary);
}
