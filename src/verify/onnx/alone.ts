import { DataError, show } from '../../errors.ts';
import type { OnnxConfig } from '../../interop/onnx/graph/graph.ts';
import type { ImportedLayer } from '../../interop/imported/imported-layer.ts';

/** What computes a recurrent layer, and what only lays its results out in another way. */
const RECURRENT = new Set(['LSTM', 'GRU', 'RNN', 'Scan']);
const LAYOUT = new Set([
  'Transpose',
  'Squeeze',
  'Unsqueeze',
  'Reshape',
  'Identity',
  'Cast',
  'Concat',
  'ReverseSequence',
]);

/**
 * The verifier knows what comes of a recurrent layer, and not what others make of that.
 * @throws DataError when the graph has another layer, or something else is computed between the layer and the result, by its name
 */
export function expectAlone(layer: ImportedLayer, layers: readonly ImportedLayer[], { graph }: OnnxConfig): void {
  const other = layers.find((one) => one !== layer);
  if (other) throw notAlone(`${show(other.name)} (${other.kind}) beside it`);
  let name = graph.outputs[0]?.name;
  // Nodes stand in the order of their work.
  for (const node of graph.nodes.toReversed()) {
    if (name === undefined || !node.outputs.includes(name)) continue;
    if (RECURRENT.has(node.op)) {
      // A Scan gives its last states first.
      const steps = node.op === 'Scan' ? node.outputs.at(-1) : node.outputs[0];
      if (name !== steps) throw notAlone('its last state in their place');
      return;
    }
    // What is inside of a graph of its own is not followed.
    if (node.op === 'If' || node.op === 'Loop') return;
    if (!LAYOUT.has(node.op)) throw notAlone(`${show(node.name || node.op)} (${node.op}) behind it`);
    name = node.inputs[0];
  }
}

/** @param other what came with the layer */
function notAlone(other: string): DataError {
  return new DataError(
    `onnxSubject: one recurrent layer alone that gives each step was expected, but ${other} came; export the layer alone`,
  );
}
