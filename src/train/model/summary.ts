import { innerConfigs } from '../../layers/combinators/inner-configs.ts';
import type { Layer } from '../../layers/layer.ts';
import { type Signatures, showSignature } from '../../layers/signature.ts';
import { isMoved, ofLayer } from '../../layers/weight-spec.ts';
import { distributionName } from '../../masks/distribution.ts';
import { peakRate } from '../../masks/dropout-rate.ts';
import type { SiteRule } from '../../masks/scheme.ts';
import { formatTable } from '../../report/table.ts';
import { sizeOf } from '../../tensor/tensor.ts';
import { flowThrough, weightSpecs } from '../pass.ts';

/** A layer, what it hands on, and how many weights it has; null before the model has seen data. */
export interface LayerSummary {
  readonly name: string;
  readonly output: string | null;
  readonly weights: number | null;
}

export function layerSummaries(layers: readonly Layer[], inputs: Signatures | null): LayerSummary[] {
  const outputs = inputs && flowThrough(layers, inputs).outputs;
  const specs = inputs ? weightSpecs(layers, inputs) : {};
  return layers.map(({ config }, index) => {
    const count = Object.values(ofLayer(specs, index)).reduce((total, { shape }) => total + sizeOf(shape), 0);
    const handed = outputs?.[index];
    const output = handed ? Object.values(handed).map(showSignature).join(' ') : null;
    return { name: nameOf(config), output, weights: handed ? count : null };
  });
}

/** A table of the layers: what each hands on, and how many weights it has. */
export function summarise(layers: readonly Layer[], inputs: Signatures | null): string {
  const summaries = layerSummaries(layers, inputs);
  const specs = inputs ? weightSpecs(layers, inputs) : {};
  const total = summaries.reduce((sum, { weights }) => sum + (weights ?? 0), 0);
  const shown = (count: number | null): string => count?.toLocaleString('en') ?? '?';
  const table = formatTable([
    ['layer', 'output', 'weights'],
    ...summaries.map(({ name, output, weights }) => [name, output ?? '?', shown(weights)]),
  ]);
  const fixed = Object.values(specs).reduce((sum, spec) => sum + (isMoved(spec) ? 0 : sizeOf(spec.shape)), 0);
  const closing = inputs
    ? `${shown(total)} weights${fixed > 0 ? `, ${shown(fixed)} of which no gradient moves` : ''}`
    : 'the weights are made when the model first sees data';
  return `${table}\n${closing}`;
}

function nameOf(config: Layer['config']): string {
  const { type, dropout = [] } = config as Layer['config'] & { readonly dropout?: readonly SiteRule[] };
  const inner = innerConfigs(config);
  if (inner.length > 0) return `${type}(${inner.map(nameOf).join(', ')})`;
  const sites = dropout.map((rule) => `${rule.site} ${rateInWords(rule)}`).join(', ');
  return sites ? `${type}, dropout: ${sites}` : type;
}

/** A rate, and what is special about it: `0.5 curriculum`, `0.1 concrete`. */
function rateInWords({ rate, distribution }: SiteRule): string {
  const drawn = distributionName(distribution);
  return [
    peakRate(rate),
    ...(typeof rate === 'number' ? [] : [rate.schedule]),
    ...(drawn === 'bernoulli' ? [] : [drawn]),
  ].join(' ');
}
