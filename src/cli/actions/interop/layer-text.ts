import type { ImportedLayer } from '../../../interop/imported/imported-layer.ts';

/** What a layer of a file is, in a line. */
export function layerText(layer: ImportedLayer): string {
  if (layer.kind === 'embedding') return `${layer.facts.vocabulary} tokens, vectors of ${layer.facts.units}`;
  if (layer.kind === 'dense') {
    const { inputSize, units, bias } = layer.facts;
    return `${inputSize} to ${units}${bias ? '' : ', no bias'}`;
  }
  const { facts } = layer;
  const { cell, inputSize, hiddenSize, layers, dropout } = facts;
  return [
    `${cell}, ${inputSize} to ${hiddenSize}`,
    ...(layers === 1 ? [] : [`${layers} layers`]),
    ...(facts.bidirectional ? ['both directions'] : []),
    ...(facts.resetAfter === false ? ['reset before the product'] : []),
    facts.activation + (facts.recurrentActivation === undefined ? '' : `, gates ${facts.recurrentActivation}`),
    ...(facts.bias ? [] : ['no biases']),
    ...(dropout === undefined ? [] : [`dropout ${dropout} between layers`]),
  ].join(', ');
}

/** How a layer without a name is called: the only one of its file. */
export function nameText(name: string): string {
  return name === '' ? '(the only one)' : name;
}

/** Where a model is that takes no texts, and what reads it. */
export function savedText(dir: string): string {
  return `the model is in ${dir}; loadModel reads it, as predict and evaluate take classifiers of texts alone`;
}
