import type { Layer, Signature } from '../layers/layer.ts';

/** A table of the layers: what each hands on, and how many weights it has. */
export function summarise(
  layers: readonly Layer[],
  outputs: readonly Signature[] | null,
  shapes: Readonly<Record<string, readonly number[]>>,
): string {
  const rows = layers.map(({ config }, index) => {
    const own = Object.entries(shapes).filter(([name]) => name.startsWith(`${index}.`));
    const count = own.reduce((total, [, shape]) => total + shape.reduce((a, b) => a * b, 1), 0);
    const output = outputs?.[index];
    return [nameOf(config), output ? shapeOf(output) : '?', outputs ? count.toLocaleString('en') : '?', count] as const;
  });
  const total = rows.reduce((sum, [, , , count]) => sum + count, 0);
  const lines = [['layer', 'output', 'weights'], ...rows.map(([name, output, count]) => [name, output, count])];
  const widths = [0, 1, 2].map((column) => Math.max(...lines.map((line) => (line[column] as string).length)));
  const table = lines.map(([name = '', output = '', count = '']) =>
    [name.padEnd(widths[0] as number), output.padEnd(widths[1] as number), count.padStart(widths[2] as number)].join(
      '  ',
    ),
  );
  const closing = outputs
    ? `${total.toLocaleString('en')} weights`
    : 'the weights are made when the model first sees data';
  return [...table, closing].join('\n');
}

function nameOf({ type, ...options }: Layer['config']): string {
  const { layer, dropout } = options as {
    layer?: Layer['config'];
    dropout?: readonly { site: string; rate: number }[];
  };
  if (layer) return `${type}(${nameOf(layer)})`;
  const sites = (dropout ?? []).map(({ site, rate }) => `${site} ${rate}`).join(', ');
  return sites ? `${type}, dropout: ${sites}` : type;
}

function shapeOf(output: Signature): string {
  if (output.kind === 'tokens') return '[B,T]';
  return output.kind === 'vector' ? `[B,${output.size}]` : `[B,T,${output.size}]`;
}
