import type { Tensor } from 'keepgate';
import type { ImportedLayer } from 'keepgate/interop';
import { expect } from 'vitest';
import type { WrittenCase } from './written-models.ts';

/**
 * That layers of a file are those of a model: a stack of it is one layer after the other, and where a cell has one bias in the file it is the sum
 * of two. All else to the bit.
 */
export async function expectSame(
  found: readonly ImportedLayer[],
  { cell, tokens, bothWays, layers }: WrittenCase,
  weights: Readonly<Record<string, Tensor>>,
): Promise<void> {
  const first = tokens ? 1 : 0;
  const kinds = [...(tokens ? ['embedding'] : []), ...new Array(layers).fill('recurrent'), 'dense'];
  expect(found.map(({ kind }) => kind)).toEqual(kinds);
  for (const [i, layer] of found.entries()) {
    if (layer.kind !== 'recurrent') continue;
    expect(layer.facts).toMatchObject({ cell: cell.replace(' before', ''), bidirectional: bothWays, layers: 1 });
    for (const suffix of bothWays ? ['', '_reverse'] : ['']) {
      const of = (name: string): number[] => numbers(weights[`${first}.${name}_l${i - first}${suffix}`]);
      const sum = of('bias_ih').map((value, k) => Math.fround(value + (of('bias_hh')[k] as number)));
      const biases = cell === 'gru' ? [of('bias_ih'), of('bias_hh')] : [sum, sum.map(() => 0)];
      const wanted = [of('weight_ih'), of('weight_hh'), ...biases];
      const names = ['weight_ih', 'weight_hh', 'bias_ih', 'bias_hh'];
      expect(names.map((name) => numbers(layer.weights[`${name}_l0${suffix}`]))).toEqual(wanted);
    }
  }
  const last = Object.keys(weights).at(-1)?.split('.')[0];
  const expectWeight = (layer: ImportedLayer | undefined, name: string, path: string): void => {
    const own: Readonly<Record<string, Tensor>> = layer?.weights ?? {};
    expect(numbers(own[name])).toEqual(numbers(weights[path]));
  };
  for (const name of ['weight', 'bias']) expectWeight(found.at(-1), name, `${last}.${name}`);
  if (tokens) expectWeight(found[0], 'weight', '0.weight');
}

function numbers(tensor: Tensor | undefined): number[] {
  return [...(tensor?.toFlat() ?? [])];
}
