import type { Layer } from '../../layers/layer.ts';
import { type Signatures, showSignature } from '../../layers/signature.ts';
import { ofLayer, type WeightSpec } from '../../layers/weight-spec.ts';
import { distributionName } from '../../masks/distribution.ts';
import { peakRate } from '../../masks/dropout-rate.ts';
import type { SiteRule } from '../../masks/scheme.ts';
import { formatTable } from '../../report/table.ts';
import { sizeOf } from '../../tensor/tensor.ts';

/** A table of the layers: what each hands on, and how many weights it has. */
export function summarise(
  layers: readonly Layer[],
  outputs: readonly Signatures[] | null,
  specs: Readonly<Record<string, WeightSpec>>,
): string {
  const rows = layers.map(({ config }, index) => {
    const count = Object.values(ofLayer(specs, index)).reduce((total, { shape }) => total + sizeOf(shape), 0);
    const handed = outputs?.[index];
    const shapes = handed ? Object.values(handed).map(showSignature).join(' ') : '?';
    return [nameOf(config), shapes, outputs ? count.toLocaleString('en') : '?', count] as const;
  });
  const total = rows.reduce((sum, [, , , count]) => sum + count, 0);
  const table = formatTable([
    ['layer', 'output', 'weights'],
    ...rows.map(([name, output, count]) => [name, output, count]),
  ]);
  const closing = outputs
    ? `${total.toLocaleString('en')} weights`
    : 'the weights are made when the model first sees data';
  return `${table}\n${closing}`;
}

function nameOf({ type, ...options }: Layer['config']): string {
  const { layer, dropout = [] } = options as { layer?: Layer['config']; dropout?: readonly SiteRule[] };
  if (layer) return `${type}(${nameOf(layer)})`;
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
