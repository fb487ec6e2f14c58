import { sizeOf, Tensor } from '../../tensor/tensor.ts';
import { Refusal } from './refusal.ts';
import type { TorchModule } from './torch-modules.ts';

/** A weight, and what is to be known of how the file keeps it. */
export interface KeptWeight {
  readonly value: Tensor;
  readonly note?: string;
}

/**
 * A weight of a module by its name, however the file keeps it; undefined when it has none.
 * @throws Refusal when it is kept in a way that is not known
 */
export function keptWeight({ tensors }: TorchModule, name: string): KeptWeight | undefined {
  const [raw, g, v] = ['_raw', '_g', '_v'].map((way) => tensors.get(name + way));
  if (tensors.has(`${name}_parametrized`)) {
    throw new Refusal(
      `${name} itself, or by weight_norm,`,
      'another parametrization of it',
      'call remove_parametrizations',
    );
  }
  if (tensors.has(`${name}_orig`)) {
    const [how, advice] = tensors.has(`${name}_mask`)
      ? ['pruning keeps', 'call torch.nn.utils.prune.remove']
      : ['spectral_norm keeps', 'call remove_spectral_norm'];
    throw new Refusal(`${name} itself, or by weight_norm,`, `${name}_orig, from which ${how} it,`, advice);
  }
  if (raw) {
    return {
      value: raw,
      note: `${name} is ${name}_raw, of which DropConnect drops some in training (AWD-LSTM): train on with weightDrop`,
    };
  }
  if (g && v) return { value: normed(name, g, v), note: `${name} is g v / |v| (weight_norm), a norm for each row` };
  if (g || v) throw new Refusal(`${name}_g and ${name}_v`, 'one of them', 'save the whole state dict');
  const plain = tensors.get(name);
  return plain ? { value: plain } : undefined;
}

/** g v / |v|, in float64, as wide as v: Salimans and Kingma 2016, arXiv:1602.07868. */
function normed(name: string, g: Tensor, v: Tensor): Tensor {
  const [rows = 0, ...rest] = v.shape;
  const isByRow = g.shape[0] === rows && sizeOf(g.shape) === rows && v.shape.length >= 1;
  if (!isByRow) {
    throw new Refusal(
      `${name}_g with a norm for each row of [${v.shape}]`,
      `one of shape [${g.shape}]`,
      'call remove_weight_norm',
    );
  }
  const [norms, values] = [g.toFlat(), v.toFlat()];
  const width = sizeOf(rest);
  for (let row = 0; row < rows; row++) {
    const entries = values.subarray(row * width, (row + 1) * width);
    const factor = (norms[row] as number) / Math.sqrt(entries.reduce((sum, entry) => sum + entry * entry, 0));
    for (let i = 0; i < width; i++) entries[i] = (entries[i] as number) * factor;
  }
  return new Tensor(v.data instanceof Float64Array ? values : Float32Array.from(values), v.shape);
}
