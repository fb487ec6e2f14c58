import type { OnnxNode } from '../graph/graph.ts';
import type { Scope } from './scope.ts';

const TURNS = new Set(['Transpose', 'Identity', 'Cast', 'Unsqueeze']);

/** How many of these may stand before a tensor. */
const MOST_TURNS = 8;

/** The tensors of the file that a node takes, as they are or turned around. */
export function tensorsBehind(scope: Scope, node: OnnxNode): readonly string[] {
  return node.inputs.flatMap((input) => {
    let found = scope.find(input);
    for (let i = 0; found?.node && TURNS.has(found.node.op) && i < MOST_TURNS; i++) {
      found = found.scope.find(found.node.inputs[0] ?? '');
    }
    return found?.tensor ?? [];
  });
}

/** That of its module, by the name of its weight or of the node (PyTorch has `/rnn/LSTM`), of the node, or of its result. */
export function layerName({ name, op, outputs }: OnnxNode, behind: readonly string[]): string {
  const [ofWeight] = behind.flatMap((tensor) => /^(.+)\.(?:weight|W_l0)$/.exec(tensor)?.[1] ?? []);
  const ofNode = /^\/(.+)\/[A-Z]\w*$/.exec(name)?.[1]?.replaceAll('/', '.');
  return ofWeight ?? ofNode ?? (name || outputs.find((output) => output !== '') || op);
}
