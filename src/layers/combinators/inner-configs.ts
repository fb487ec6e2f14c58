import { isPlain } from '../../checks.ts';
import type { Config } from '../../define.ts';

/** The configs of the layers that stand inside of a layer, of `frozen`, `bidirectional` or a combinator; none for others. */
export function innerConfigs({ layer, layers, branches }: Config): readonly Config[] {
  const lists = [[layer], layers, ...(typeof branches === 'object' ? Object.values(Object(branches)) : [])];
  return lists.flatMap((list) => (Array.isArray(list) ? list.filter(isConfig) : []));
}

function isConfig(value: unknown): value is Config {
  return isPlain(value) && typeof value.type === 'string';
}
