import { DataError, OptionError, show } from '../../errors.ts';
import { configOf } from './checkpoint-config.ts';
import { Stub, TensorRef, Tuple, Unreadable } from './pickle/pickled.ts';

/** The tensors of a checkpoint by name, and what else it says. */
export interface StateDict {
  readonly tensors: ReadonlyMap<string, TensorRef | Unreadable>;
  /** What stands beside the tensors: numbers, texts, and lists and dicts of them. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];
}

/** Where training programs put a state dict beside an epoch, an optimizer and so on; the first that is there is taken. */
const USUAL_PLACES = ['state_dict', 'model_state_dict', 'model_state', 'model', 'net', 'network', 'weights', 'ema'];

/** How deep dicts, lists and modules may stand in each other. */
const DEEPEST = 64;
/** More than any checkpoint has to be looked at. */
const MOST_LOOKS = 2 ** 22;

/**
 * The tensors in the object of a file.
 * @param at where they are, as names with dots between; found by itself when undefined
 * @throws OptionError when nothing is there
 * @throws DataError for what is nested without end
 */
export function findTensors(object: unknown, at: string | undefined): StateDict {
  const notes: string[] = [];
  let dict = object;
  let config: unknown = object;
  if (at !== undefined) dict = insideAt(object, at);
  else {
    for (;;) {
      const place = usualPlace(dict);
      if (place === undefined) break;
      notes.push(`the tensors are those in ${show(place.name)}${place.others}`);
      config = dict;
      dict = place.inner;
    }
  }
  const collector = new Collector();
  collector.add(dict, '', 0);
  return { tensors: collector.tensors, config: configOf(config, dict), notes };
}

function insideAt(object: unknown, at: string): unknown {
  const names: string[] = [];
  for (const [name, value] of partsOf(object)) {
    if (at === name) return value;
    // A key may have dots itself.
    if (at.startsWith(`${name}.`)) return insideAt(value, at.slice(name.length + 1));
    if (names.length < 20) names.push(name);
  }
  throw new OptionError(
    `readTensors: a place of the file was expected as at, but ${show(at)} came; it has ${names.map(show).join(', ')}`,
  );
}

function usualPlace(value: unknown): { name: string; inner: unknown; others: string } | undefined {
  if (!(value instanceof Map) || [...value.values()].some(isTensor)) return undefined;
  const there = USUAL_PLACES.filter((place) => holdsTensors(value.get(place)));
  const [name] = there;
  if (name === undefined) return undefined;
  const others = there.length === 1 ? '' : `; there are others in ${there.slice(1).map(show).join(', ')}: see { at }`;
  return { name, inner: value.get(name), others };
}

function holdsTensors(value: unknown): boolean {
  const collector = new Collector();
  collector.add(value, '', 0);
  return collector.tensors.size > 0;
}

function isTensor(value: unknown): value is TensorRef | Unreadable {
  return value instanceof TensorRef || value instanceof Unreadable;
}

/** Finds tensors, and names them by their way. */
class Collector {
  readonly tensors = new Map<string, TensorRef | Unreadable>();
  #looks = 0;

  add(value: unknown, path: string, depth: number): void {
    if (isTensor(value)) {
      if (this.tensors.has(path)) {
        throw new DataError(`pytorch: every tensor once was expected, but ${show(path)} came twice; rename one`);
      }
      this.tensors.set(path, value);
      return;
    }
    for (const [name, inner] of partsOf(value)) {
      // A list may stand in a list many times: few bytes are then more than could ever be looked at.
      this.#looks += 1;
      if (this.#looks > MOST_LOOKS) throw tooMuch(`${MOST_LOOKS} values`);
      if (depth === DEEPEST) throw tooMuch(`${DEEPEST} dicts in each other`);
      this.add(inner, path === '' ? name : `${path}.${name}`, depth + 1);
    }
  }
}

function tooMuch(most: string): DataError {
  return new DataError(`pytorch: at most ${most} were expected, but more came; save a state dict alone`);
}

/** What is inside a dict, a list or an object, by name. A module has its parameters, buffers and modules, as in its state dict. */
function* partsOf(value: unknown): Iterable<readonly [string, unknown]> {
  if (value instanceof Stub) {
    const parts = modulePartsOf(value);
    for (const part of parts ?? [value.state]) if (part instanceof Map) yield* partsOf(part);
  } else if (value instanceof Map) {
    for (const [name, inner] of value) {
      if (typeof name === 'string' || typeof name === 'number') yield [String(name), inner];
    }
  } else {
    const items = value instanceof Tuple ? value.items : Array.isArray(value) ? value : [];
    for (let i = 0; i < items.length; i++) yield [String(i), items[i]];
  }
}

/** The parts of a torch.nn.Module that count; undefined for any other object. */
function modulePartsOf({ state }: Stub): readonly unknown[] | undefined {
  if (!(state instanceof Map)) return undefined;
  const parts = ['_parameters', '_buffers', '_modules'].map((name) => state.get(name));
  return parts.every((part) => part instanceof Map) ? parts : undefined;
}
