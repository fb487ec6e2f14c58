import type { ElementwiseActivation } from '../../../cells/activations.ts';
import type { GraphBuilder } from './graph-builder.ts';

/** An activation of a cell or of dense, or the link of a loss: each number, or of softmax each row. */
export function activated(graph: GraphBuilder, x: string, name: ElementwiseActivation | 'softmax'): string {
  if (name === 'linear') return x;
  if (name === 'softmax') return graph.node('Softmax', [x], { axis: -1 });
  if (name === 'hardSigmoid') return hardSigmoid(graph, x, 1 / 6);
  if (name === 'hardSigmoid0.2') return hardSigmoid(graph, x, 0.2);
  return graph.node({ relu: 'Relu', tanh: 'Tanh', sigmoid: 'Sigmoid' }[name], [x]);
}

/** Not by the operator of that name, which onnxruntime has for float32 alone. */
function hardSigmoid(graph: GraphBuilder, x: string, slope: number): string {
  const line = graph.node('Add', [graph.node('Mul', [x, graph.number(slope)]), graph.number(0.5)]);
  return graph.node('Max', [graph.node('Min', [line, graph.number(1)]), graph.number(0)]);
}
