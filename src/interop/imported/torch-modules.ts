import { DataError, show } from '../../errors.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { TensorFile } from '../format.ts';

/** A module of PyTorch, as far as a file tells of it. */
export interface TorchModule {
  readonly name: string;
  /** Its own tensors, by the last part of their names; null for one that cannot be had. */
  readonly tensors: ReadonlyMap<string, Tensor | null>;
  /** The names that these have in the file. */
  readonly names: readonly string[];
  /** Why a tensor cannot be had. */
  readonly refused: string | undefined;
  /** Its class and plain attributes, of a file that has them. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

interface Growing {
  readonly tensors: Map<string, Tensor | null>;
  readonly names: string[];
  refused: string | undefined;
}

/** What DataParallel, torch.compile and Lightning put in names, at any depth. */
const WRAPPERS = new Set(['module', '_orig_mod', '_forward_module']);

/** Parts of a name that stand for a way of keeping a weight. */
const PARAMETRIZED = /^(.*\.)?parametrizations\.(\w+)\.original([01]?)$/;
const PACKED = /\._all_weight_values\..*$|\._packed_params.*$/;

/**
 * The modules of a file, in its order.
 * @throws DataError when two tensors have one name without what training programs put in front
 */
export function modulesOf({ tensors, refused, config }: TensorFile): readonly TorchModule[] {
  const all = new Map<string, Tensor | null>(Object.entries<Tensor | null>(tensors));
  for (const name of Object.keys(refused)) all.set(name, null);
  const bare = withoutOuter([...all.keys()].map(withoutWrappers));
  const attributes = attributesOf(config);
  const modules = new Map<string, Growing>();
  for (const [i, [original, tensor]] of [...all].entries()) {
    const { path, leaf } = parted(bare[i] as string);
    const module: Growing = modules.get(path) ?? { tensors: new Map(), names: [], refused: undefined };
    modules.set(path, module);
    if (module.tensors.has(leaf)) {
      throw new DataError(
        `importLayers: one tensor for each layer and weight was expected, but ${show(original)} came beside another that differs by module. or the like alone; take one of them out`,
      );
    }
    module.tensors.set(leaf, tensor);
    module.names.push(original);
    if (tensor === null) module.refused ??= refused[original];
  }
  return [...modules].map(([name, module]) => ({ name, ...module, attributes: attributes.get(name) ?? {} }));
}

function withoutWrappers(name: string): string {
  return name
    .split('.')
    .filter((part) => !WRAPPERS.has(part))
    .join('.');
}

/** Lightning's `model.`, which all names have. */
function withoutOuter(names: readonly string[]): readonly string[] {
  return names.length > 0 && names.every((name) => name.startsWith('model.'))
    ? names.map((name) => name.slice('model.'.length))
    : names;
}

function parted(name: string): { path: string; leaf: string } {
  const [, before = '', weight, number] = PARAMETRIZED.exec(name) ?? [];
  // torch.nn.utils.parametrizations.weight_norm: original0 is g, original1 is v, as weight_norm named them before.
  if (weight !== undefined) {
    const kind = { '': '_parametrized', '0': '_g', '1': '_v' }[number ?? ''];
    return { path: before.replace(/\.$/, ''), leaf: `${weight}${kind}` };
  }
  if (PACKED.test(name)) return { path: name.replace(PACKED, ''), leaf: name };
  const dot = name.lastIndexOf('.');
  return { path: name.slice(0, Math.max(0, dot)), leaf: name.slice(dot + 1) };
}

/** `modules` of a config: see `readTensors` of a whole module. */
function attributesOf(config: TensorFile['config']): Map<string, Readonly<Record<string, unknown>>> {
  const modules = config?.modules;
  const entries = typeof modules === 'object' && modules !== null ? Object.entries(modules) : [];
  const names = withoutOuter(entries.map(([name]) => withoutWrappers(name)));
  return new Map(
    entries.flatMap(([, attributes], i) =>
      typeof attributes === 'object' && attributes !== null ? [[names[i] as string, { ...attributes }] as const] : [],
    ),
  );
}
