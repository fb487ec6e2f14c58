import { sizeOf, Tensor } from '../../tensor/tensor.ts';
import type { ImportedDense, ImportedEmbedding } from './imported-layer.ts';
import { keptWeight } from './kept-weight.ts';
import type { TorchModule } from './torch-modules.ts';

/** Names of embeddings, where the file says no more than a name and a matrix without a bias. */
const LIKE_AN_EMBEDDING = /emb|lookup|wte|encoder$/i;

/** What keeps a weight or a bias, and what stands beside it. */
const LEAF = /^(weight|bias)(_g|_v|_parametrized|_orig|_mask|_u)?$/;

/** What may be the matrix itself: convolutions have more axes, and are kept in the same ways. */
const MATRICES = ['weight', 'weight_v', 'weight_parametrized', 'weight_orig'];

/**
 * nn.Embedding or nn.Linear; undefined for what is neither.
 * @param told which of them it is, if its owner says so
 * @throws Refusal when it cannot be had exactly
 */
export function tableOf(
  module: TorchModule,
  told: 'embedding' | 'dense' | undefined,
): ImportedEmbedding | ImportedDense | undefined {
  const { name, tensors, attributes } = module;
  if (![...tensors.keys()].every((leaf) => LEAF.test(leaf))) return undefined;
  if (!MATRICES.some((leaf) => tensors.get(leaf)?.shape.length === 2)) return undefined;
  const { type, padding_idx: untrained } = attributes;
  if (typeof type === 'string' && !/\.(Embedding|Linear)$/.test(type)) return undefined;
  const kept = keptWeight(module, 'weight');
  const [rows = 0, columns = 0] = kept?.value.shape ?? [];
  if (kept?.value.shape.length !== 2 || rows * columns === 0) return undefined;
  const bias = keptWeight(module, 'bias')?.value;
  if (bias && (bias.shape.length !== 1 || sizeOf(bias.shape) !== rows)) return undefined;
  const notes = kept.note === undefined ? [] : [kept.note];
  const said = told ?? (typeof type === 'string' ? (type.endsWith('Embedding') ? 'embedding' : 'dense') : undefined);
  const kind = bias ? 'dense' : (said ?? (LIKE_AN_EMBEDDING.test(name) ? 'embedding' : 'dense'));
  if (!bias && said === undefined) {
    notes.push(
      `taken for ${kind === 'dense' ? 'a dense layer without a bias' : 'an embedding'} by its name: a state dict does not say; see { kinds }`,
    );
  }
  if (kind === 'embedding') {
    const facts = { vocabulary: rows, units: columns, ...(typeof untrained === 'number' ? { untrained } : {}) };
    if (typeof untrained === 'number') {
      notes.push(
        `PyTorch never trains the vector of id ${untrained} (padding_idx), whose steps count there: it is an id like others here`,
      );
    }
    return { kind, name, facts, weights: { weight: kept.value }, notes };
  }
  if (!bias) notes.push('it has no bias: it is zeros');
  const zeros = bias ?? new Tensor(new Float32Array(rows), [rows]);
  const facts = { inputSize: columns, units: rows, bias: bias !== undefined };
  return { kind, name, facts, weights: { weight: kept.value, bias: zeros }, notes };
}
