import { ModelError, OptionError, show } from '../../../errors.ts';
import type { ImportedLayer } from '../../../interop/imported/imported-layer.ts';
import { cellConfigOf } from '../../../cells/cells.ts';
import { dense } from '../../../layers/dense/dense.ts';
import { embedding } from '../../../layers/embedding/embedding.ts';
import type { Layer } from '../../../layers/layer.ts';
import { bidirectional, gru, lstm, rnn } from '../../../layers/recurrent/recurrent-layers.ts';
import type { SignatureLike } from '../../../layers/signature.ts';
import { type Model, sequential } from '../../../train/model/model.ts';

const MAKERS = { lstm, gru, rnn };

/**
 * A model of layers that follow each other, with their weights in it. A recurrent layer hands on all steps to another one, and,
 * where it is the last, its last step, or all of them.
 * @throws ModelError where one does not fit on the one before it
 */
export async function modelOfLayers(imported: readonly ImportedLayer[], returnSequences: boolean): Promise<Model> {
  const [first] = imported as readonly [ImportedLayer];
  const isLast = (i: number): boolean => imported.slice(i + 1).every(({ kind }) => kind !== 'recurrent');
  const model = sequential(
    imported.map((layer, i) => layerOf(layer, !isLast(i) || returnSequences)),
    { engine: 'reference' },
  );
  expectFitting(imported);
  const weights = imported.flatMap(({ weights }, i) =>
    Object.entries(weights).map(([name, tensor]) => [`${i}.${name}`, tensor] as const),
  );
  await model.setWeights(Object.fromEntries(weights), { input: inputOf(first) });
  return model;
}

function layerOf(layer: ImportedLayer, returnSequences: boolean): Layer {
  if (layer.kind === 'embedding') return embedding(layer.facts);
  if (layer.kind === 'dense') return dense({ units: layer.facts.units });
  const { cell, hiddenSize, layers, bias } = layer.facts;
  const options = { units: hiddenSize, layers, bias, returnSequences, ...cellConfigOf(layer.facts) };
  const made = MAKERS[cell](options);
  return layer.facts.bidirectional ? bidirectional(made) : made;
}

function inputOf(layer: ImportedLayer): SignatureLike {
  if (layer.kind === 'embedding') return { kind: 'tokens', vocabulary: layer.facts.vocabulary };
  return { kind: layer.kind === 'recurrent' ? 'sequence' : 'vector', size: layer.facts.inputSize };
}

function expectFitting(imported: readonly ImportedLayer[]): void {
  let width: number | null = null;
  for (const { name, kind, facts } of imported) {
    const wanted = 'inputSize' in facts ? facts.inputSize : null;
    if (width !== null && wanted !== width) {
      throw new ModelError(
        `import: layers that fit on each other were expected, but ${show(name)} (${kind}) takes ${wanted ?? 'token ids'} and what comes before it gives ${width}; name those of one chain by --only`,
      );
    }
    width = 'units' in facts ? facts.units : facts.hiddenSize * (facts.bidirectional ? 2 : 1);
  }
}

/**
 * @param tells whether the file says how its layers follow each other, among others that are left out here
 * @throws OptionError where nothing says how several layers follow each other
 */
export function expectChain(imported: readonly ImportedLayer[], isSequential: boolean, tells: boolean): void {
  if (imported.length === 1 || isSequential) return;
  const names = imported.map(({ name }) => name).join(', ');
  throw new OptionError(
    tells
      ? `import: --sequential was expected with --only or --return-sequences, but ${names} came without it; it joins these alone, without what stands between them, or leave all of these options out for the model that the file tells of`
      : `import: --sequential, or the name of one layer by --only, was expected, but the file has ${names} and does not say how they follow each other`,
  );
}
