import type { Layer, Signature } from '../layers/layer.ts';
import { distributionName } from '../masks/distribution.ts';
import { peakRate } from '../masks/dropout-rate.ts';
import type { SiteRule } from '../masks/scheme.ts';
import { formatTable } from '../report/table.ts';
import { sizeOf } from '../tensor/tensor.ts';

/** A table of the layers: what each hands on, and how many weights it has. */
export function summarise(
  layers: readonly Layer[],
  outputs: readonly Signature[] | null,
  shapes: Readonly<Record<string, readonly number[]>>,
): string {
  const rows = layers.map(({ config }, index) => {
    const own = Object.entries(shapes).filter(([name]) => name.startsWith(`${index}.`));
    const count = own.reduce((total, [, shape]) => total + sizeOf(shape), 0);
    const output = outputs?.[index];
    return [nameOf(config), output ? shapeOf(output) : '?', outputs ? count.toLocaleString('en') : '?', count] as const;
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

function shapeOf(output: Signature): string {
  if (output.kind === 'tokens') return '[B,T]';
  return output.kind === 'vector' ? `[B,${output.size}]` : `[B,T,${output.size}]`;
}
