import type { Handle, Indices, Ops } from '../../engines/ops.ts';
import { ModelError, show } from '../../errors.ts';
import { sizeOf } from '../../tensor/tensor.ts';
import type { Batch, Layer } from '../layer.ts';
import { rowSize, type Signature, showSignature } from '../signature.ts';
import { expectSameSteps } from './inner-layers.ts';

/** @throws ModelError unless all are rows of numbers, over the same */
export function joinedSignature(who: string, ys: readonly Signature[], layers: readonly Layer[]): Signature {
  const [first] = ys as [Signature];
  for (const y of ys) {
    if (y.over === first.over && y.dtype === 'numbers' && y.shape.length === 1) continue;
    throw new ModelError(
      `${who}: rows of numbers were expected of all branches, for each sample or for each step of them, but ${ys.map(showSignature).join(' and ')} came`,
    );
  }
  const changing = layers.find(({ steps }) => steps);
  if (first.over === 'time' && changing) {
    throw new ModelError(
      `${who}: branches that hand on as many steps as come were expected, but ${show(changing.config.type)} does not; set padding: 'same' or 'causal', without strides, or end each branch in a pooling()`,
    );
  }
  return { ...first, shape: [ys.reduce((size, y) => size + rowSize(who, y), 0)] };
}

/** Batches joined along units, and the parts of a gradient. @throws ModelError unless they have the same steps */
export function joinedBatch(
  who: string,
  ops: Ops,
  ys: readonly Batch[],
): { readonly y: Batch; split(dy: Handle): Handle[] } {
  const [first] = ys as [Batch];
  for (const y of ys) expectSameSteps(who, first, y);
  const { y, split } = sideBySide(
    ops,
    ys.map(({ values }) => values),
  );
  return { y: { ...first, values: y }, split };
}

/**
 * Rows [...,N], [...,M], ... as rows [...,N+M+...], and back. Engines join along the first axis alone, so that pieces that are as wide as
 * all widths have in common are laid one behind the other, and taken in the order of rows.
 */
function sideBySide(ops: Ops, parts: readonly Handle[]): { readonly y: Handle; split(dy: Handle): Handle[] } {
  const widths = parts.map(({ shape }) => shape.at(-1) ?? 0);
  const [{ shape }] = parts as [Handle];
  const rows = sizeOf(shape.slice(0, -1));
  const piece = widths.reduce(commonDivisor);
  const counts = widths.map((width) => width / piece);
  const perRow = counts.reduce((sum, count) => sum + count, 0);
  const starts = counts.map((_, i) => counts.slice(0, i).reduce((sum, count) => sum + count, 0));
  const upload = (places: Int32Array): Indices => ops.uploadIndices(places, [places.length]);
  const order = new Int32Array(rows * perRow);
  for (const [i, count] of counts.entries()) {
    const start = starts[i] as number;
    for (let row = 0; row < rows; row++)
      for (let k = 0; k < count; k++) order[row * perRow + start + k] = start * rows + row * count + k;
  }
  const pieces = ops.concat(parts.map((part, i) => ops.reshape(part, [rows * (counts[i] as number), piece])));
  return {
    y: ops.reshape(ops.gather(pieces, upload(order)), [...shape.slice(0, -1), perRow * piece]),
    split(dy) {
      const table = ops.reshape(dy, [rows * perRow, piece]);
      return parts.map((part, i) => {
        const [count, start] = [counts[i] as number, starts[i] as number];
        const places = Int32Array.from(
          { length: rows * count },
          (_, at) => Math.floor(at / count) * perRow + start + (at % count),
        );
        return ops.reshape(ops.gather(table, upload(places)), part.shape);
      });
    },
  };
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
