import type { PoolingKind } from '../../../layers/pooling/pooling.ts';
import { hasTimesteps } from '../../../masks/fixed-in-time.ts';
import type { Factor } from '../written/mask-factors.ts';
import type { GraphBuilder } from './graph-builder.ts';
import type { Lengths } from './sequences.ts';
import type { Normalisation } from '../written/stages.ts';

/** What flows between layers: [T,B,N] of a sequence, [B,N] of a vector. */
export interface Flow {
  readonly value: string;
  readonly over: 'time' | 'batch';
}

/** Each value times a factor of a layer without gates. @param label of batch-first masks over time: [B,T,N] */
export function timesFactor(graph: GraphBuilder, { value, over }: Flow, factor: Factor | undefined): string {
  if (!factor) return value;
  if (factor.input === undefined) return graph.node('Mul', [value, graph.number(factor.number)]);
  const { input, rule } = factor;
  if (!hasTimesteps(rule)) return graph.node('Mul', [value, input]);
  const mask =
    over === 'time'
      ? graph.node('Transpose', [input], { perm: [1, 0, 2] })
      : graph.node('Squeeze', [input, graph.wholes(1)]);
  return graph.node('Mul', [value, mask]);
}

/** A sequence [T,B,N] as one row a sample, [B,N]. */
export function pooled(graph: GraphBuilder, x: string, over: PoolingKind, lengths: Lengths): string {
  if (over === 'last') {
    return lengths.given === undefined
      ? graph.node('Gather', [x, graph.wholeNumber(-1)], { axis: 0 })
      : lengths.last(x);
  }
  const live = lengths.live(x);
  if (live === undefined) {
    return graph.node(over === 'mean' ? 'ReduceMean' : 'ReduceMax', [x], { axes: [0], keepdims: 0 });
  }
  const isLive = graph.node('Cast', [live], { to: 9 });
  if (over === 'max') {
    const top = graph.node('Where', [isLive, x, graph.number(Number.NEGATIVE_INFINITY)]);
    return lengths.ofSome(graph.node('ReduceMax', [top], { axes: [0], keepdims: 0 }), x);
  }
  const sum = graph.node('ReduceSum', [graph.node('Where', [isLive, x, graph.number(0)]), graph.wholes(0)], {
    keepdims: 0,
  });
  const steps = graph.node('ReduceSum', [live, graph.wholes(0)], { keepdims: 0 });
  return graph.node('Div', [sum, graph.node('Max', [steps, graph.number(1)])]);
}

/** Each row normalised, scaled and shifted. @param prefix of the names of its weights */
export function normalised(graph: GraphBuilder, x: string, prefix: string, layer: Normalisation): string {
  const { weight, bias, moments, epsilon } = layer;
  const meanOf = (value: string): string => graph.node('ReduceMean', [value], { axes: [-1], keepdims: 1 });
  const mean = moments ? graph.weight(`${prefix}running_mean`, moments.mean) : meanOf(x);
  const centred = graph.node('Sub', [x, mean]);
  const variance = moments
    ? graph.weight(`${prefix}running_var`, moments.variance)
    : meanOf(graph.node('Mul', [centred, centred]));
  const deviation = graph.node('Sqrt', [graph.node('Add', [variance, graph.number(epsilon)])]);
  const normal = graph.node('Div', [centred, deviation]);
  const scaled = graph.node('Mul', [normal, graph.weight(`${prefix}weight`, weight)]);
  return graph.node('Add', [scaled, graph.weight(`${prefix}bias`, bias)]);
}
