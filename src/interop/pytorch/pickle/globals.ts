import { DataError, show } from '../../../errors.ts';
import { brokenPickle } from './broken-pickle.ts';
import { Global, StorageRef, Stub, TensorRef, Tuple, Unreadable } from './pickled.ts';
import { DTYPE_BY_NAME } from './storage-ref.ts';

/** Modules whose functions act on the machine: a file that asks Python for one of them was made to harm. */
const HARMFUL = /^(os|posix|nt|sys|subprocess|socket|shutil|runpy|pty|importlib|ctypes|pickle|webbrowser)(\.|$)/;
const HARMLESS_BUILTINS =
  /^(set|frozenset|list|tuple|dict|bytearray|bytes|complex|int|float|bool|str|slice|range|object)$/;

/**
 * Nothing is executed here, but the same file may be loaded by what does.
 * @throws DataError for a function that acts on the machine
 */
export function expectHarmless({ module, name, path }: Global): void {
  const isBuiltin = module === 'builtins' || module === '__builtin__';
  if (!HARMFUL.test(module) && !(isBuiltin && !HARMLESS_BUILTINS.test(name))) return;
  throw new DataError(
    `pytorch: a file of tensors was expected, but one that has Python call ${show(path)} came; nothing of it was executed: do not load it in Python either`,
  );
}

/** What a call gives of a function that is known here, by its name. */
const CALLS: Readonly<Record<string, (args: readonly unknown[]) => unknown>> = {
  'collections.OrderedDict': (args) => dictOf(args),
  'collections.Counter': (args) => (args[0] instanceof Map ? args[0] : new Map()),
  'collections.defaultdict': () => new Map(),
  'builtins.dict': (args) => dictOf(args),
  'builtins.set': ([items = []]) => new Set(itemsOf(items)),
  'builtins.frozenset': ([items = []]) => new Set(itemsOf(items)),
  'builtins.list': ([items = []]) => [...itemsOf(items)],
  'builtins.tuple': ([items = []]) => new Tuple(itemsOf(items)),
  'torch.Size': ([items = []]) => new Tuple(itemsOf(items)),
  'torch._utils._rebuild_tensor': ([storage, offset, shape, strides]) => tensorOf(storage, offset, shape, strides),
  'torch._utils._rebuild_tensor_v2': ([storage, offset, shape, strides, , , metadata]) =>
    changedOf(metadata) ?? tensorOf(storage, offset, shape, strides),
  'torch._utils._rebuild_tensor_v3': ([storage, offset, shape, strides, , , dtype, metadata]) =>
    changedOf(metadata) ?? tensorOf(storage, offset, shape, strides, dtype),
  'torch._utils._rebuild_parameter': ([data]) => data,
  'torch._utils._rebuild_parameter_with_state': ([data]) => data,
  'torch._tensor._rebuild_from_type_v2': ([callee, , args]) =>
    callee instanceof Global && args instanceof Tuple
      ? call(callee, args.items)
      : new Unreadable('its class is not known'),
  'torch._utils._rebuild_qtensor': () => new Unreadable('it is quantised; save the weights before quantising'),
  'torch._utils._rebuild_sparse_tensor': () => new Unreadable('it is sparse; save tensor.to_dense()'),
  'torch._utils._rebuild_sparse_csr_tensor': () => new Unreadable('it is sparse; save tensor.to_dense()'),
  'torch._utils._rebuild_nested_tensor': () => new Unreadable('it is nested; save its parts'),
  'torch._utils._rebuild_meta_tensor_no_storage': () => new Unreadable('it has no numbers (the device is meta)'),
};

const PYTHON_2: Readonly<Record<string, string>> = { __builtin__: 'builtins', copy_reg: 'copyreg' };

/** What Python would get from a function; of one that is not known, or of a class, an object without behaviour. */
export function call(callee: Global, args: readonly unknown[]): unknown {
  const { name } = callee;
  const path = `${PYTHON_2[callee.module] ?? callee.module}.${name}`;
  if (Object.hasOwn(CALLS, path)) return CALLS[path]?.(args);
  // copyreg._reconstructor(class, base, state): how classes of old are restored.
  if (path === 'copyreg._reconstructor' && args[0] instanceof Global) return new Stub(args[0]);
  const stub = new Stub(callee);
  stub.state = new Tuple(args);
  return stub;
}

/** What Python would get from `class.__new__`. */
export function make(type: Global, args: readonly unknown[]): unknown {
  if (type.path === 'torch.ScriptObject')
    return new Unreadable('it is packed for quantised layers; save the weights before quantising');
  return call(type, args);
}

/** An object with what it is restored from. @throws DataError for what has no state */
export function build(object: unknown, state: unknown): unknown {
  if (object instanceof Stub) {
    object.state = state;
    return object;
  }
  // Attributes of a dict, such as `_metadata` of a state dict, or of a tensor: they change no number.
  if (object instanceof Map || object instanceof TensorRef || object instanceof Unreadable) return object;
  throw brokenPickle('an object to restore', 'something else');
}

function dictOf([items]: readonly unknown[]): Map<unknown, unknown> {
  if (items === undefined) return new Map();
  if (items instanceof Map) return items;
  return new Map(
    itemsOf(items).map((pair) => {
      const [key, value, ...more] = itemsOf(pair);
      if (more.length > 0) throw brokenPickle('pairs of key and value', 'more');
      return [key, value] as const;
    }),
  );
}

function itemsOf(value: unknown): readonly unknown[] {
  if (value instanceof Tuple) return value.items;
  if (Array.isArray(value)) return value;
  throw brokenPickle('a list', show(typeof value));
}

function tensorOf(storage: unknown, offset: unknown, shape: unknown, strides: unknown, dtype?: unknown): TensorRef {
  if (!(storage instanceof StorageRef)) throw brokenPickle('a tensor with a storage', 'one without');
  const named = dtype instanceof Global ? (DTYPE_BY_NAME.get(dtype.path) ?? dtype.path) : storage.dtype;
  if (named === null) throw brokenPickle('a tensor with a dtype', 'one without');
  return new TensorRef(storage, named, offset, shape, strides);
}

/** Bits of a tensor that change what its numbers mean. */
function changedOf(metadata: unknown): Unreadable | undefined {
  if (!(metadata instanceof Map)) return undefined;
  const bit = ['conj', 'neg'].find((name) => metadata.get(name));
  return bit === undefined ? undefined : new Unreadable(`its ${bit} bit is set; save tensor.resolve_${bit}()`);
}
