import { Stub, Tuple } from './pickle/pickled.ts';

/** The most values of a config: what is beyond is left out. */
const MOST_VALUES = 2 ** 18;
const DEEPEST = 64;

/**
 * What a checkpoint says beside its tensors, as plain values: numbers, texts, and lists and dicts of them. Of whole modules,
 * `modules`: the class and the plain attributes of each, by its name.
 */
export function configOf(beside: unknown, dict: unknown): Record<string, unknown> {
  const left = { values: MOST_VALUES };
  const config = plainOf(beside, left, 0);
  const modules: Record<string, unknown> = Object.create(null);
  addModules(modules, dict, '', left, 0);
  const named = Object.keys(modules).length === 0 ? {} : { modules };
  return { ...(isRecord(config) ? config : {}), ...named };
}

/** Tensors and objects of classes are left out, and lists that have one of them. */
function plainOf(value: unknown, left: { values: number }, depth: number): unknown {
  left.values -= 1;
  if (left.values < 0 || depth > DEEPEST) return undefined;
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value;
  if (value instanceof Map) {
    if (value.size > left.values) return undefined;
    return recordOf([...value].map(([name, inner]) => [name, plainOf(inner, left, depth + 1)]));
  }
  const items = value instanceof Tuple ? value.items : Array.isArray(value) ? value : undefined;
  if (!items || items.length > left.values) return undefined;
  const plain = items.map((item) => plainOf(item, left, depth + 1));
  return plain.includes(undefined) ? undefined : plain;
}

/** What is plain of it; undefined where nothing is. */
function recordOf(entries: readonly (readonly [unknown, unknown])[]): Record<string, unknown> | undefined {
  // No prototype: a key may be called `__proto__`.
  const record: Record<string, unknown> = Object.create(null);
  for (const [name, value] of entries) {
    if (value !== undefined && (typeof name === 'string' || typeof name === 'number')) record[name] = value;
  }
  return entries.length > 0 && Object.keys(record).length === 0 ? undefined : record;
}

function addModules(
  modules: Record<string, unknown>,
  value: unknown,
  path: string,
  left: { values: number },
  depth: number,
): void {
  const state = value instanceof Stub ? value.state : undefined;
  if (!(value instanceof Stub) || !(state instanceof Map) || depth > DEEPEST || left.values < 0) return;
  const inner = state.get('_modules');
  const attributes = [...state].filter(([name]) => typeof name === 'string' && !name.startsWith('_'));
  const plain = recordOf(attributes.map(([name, attribute]) => [name, plainOf(attribute, left, 1)]));
  modules[path] = { type: classOf(value), ...plain };
  for (const [name, module] of inner instanceof Map ? inner : state) {
    if (typeof name === 'string') addModules(modules, module, path === '' ? name : `${path}.${name}`, left, depth + 1);
  }
}

/** The class of a module; TorchScript writes more before it. */
function classOf({ type }: Stub): string {
  return type.path.replace(/^__torch__\./, '').replace(/\.___torch_mangle_\d+/, '');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
