import { isPlain, readable } from '../checks.ts';
import { ModelError, show } from '../errors.ts';

/** What flows between layers: the batch and the time axis are not part of an entry's shape. */
export interface Signature {
  /** One entry for each sample, or one for each of its timesteps. */
  readonly over: 'batch' | 'time';
  /** Numbers, or whole numbers that stand for something: token ids. */
  readonly dtype: 'numbers' | 'ids';
  /** The shape of an entry: [] for an id, [I] for a row of numbers. */
  readonly shape: readonly number[];
  /** V, for ids: they are below. */
  readonly vocabulary?: number;
}

/** What flows in or out, by name: `x` goes into most layers, and `y` comes out. */
export type Signatures<N extends string = string> = Readonly<Record<N, Signature>>;

/** A signature in one word. */
export type Kind = 'tokens' | 'sequence' | 'vector' | 'id';

/** A signature as people write it and files hold it. */
export type SignatureLike =
  | Signature
  | { readonly kind: 'tokens'; readonly vocabulary: number }
  | { readonly kind: 'sequence' | 'vector'; readonly size: number };

/** What goes into a model: one input, or several by name. */
export type InputSignatureLike = SignatureLike | { readonly inputs: Readonly<Record<string, SignatureLike>> };

/** Token ids, [T,B]. */
export function tokens(vocabulary: number): Signature {
  return { over: 'time', dtype: 'ids', shape: [], vocabulary };
}

/** Numbers at each step, [T,B,...shape]. */
export function sequence(...shape: readonly number[]): Signature {
  return { over: 'time', dtype: 'numbers', shape };
}

/** Numbers for each sample, [B,...shape]. */
export function vector(...shape: readonly number[]): Signature {
  return { over: 'batch', dtype: 'numbers', shape };
}

export function kindOf({ over, dtype }: Signature): Kind {
  if (dtype === 'ids') return over === 'time' ? 'tokens' : 'id';
  return over === 'time' ? 'sequence' : 'vector';
}

const IN_WORDS: Readonly<Record<Kind, string>> = {
  tokens: 'token ids',
  sequence: 'a sequence',
  vector: 'a vector',
  id: 'one id a sample',
};

export function isKind(value: unknown): value is Kind {
  return typeof value === 'string' && Object.hasOwn(IN_WORDS, value);
}

/** @throws ModelError unless the input is of one of the kinds */
export function expectKind(who: string, input: Signature, kinds: readonly Kind[]): void {
  const came = kindOf(input);
  if (kinds.includes(came)) return;
  const hint =
    !kinds.includes('sequence') || came === 'id'
      ? 'check the order of the layers'
      : came === 'tokens'
        ? 'put an embedding() before it'
        : 'set returnSequences: true on the recurrent layer before it';
  throw new ModelError(
    `${who}: ${kinds.map((kind) => IN_WORDS[kind]).join(' or ')} was expected as its input, but ${IN_WORDS[came]} came; ${hint}`,
  );
}

/** The length of the rows of numbers that flow. @throws ModelError when an entry is of another shape than [size] */
export function rowSize(who: string, { shape }: Signature): number {
  const [size] = shape;
  if (size === undefined || shape.length !== 1) {
    throw new ModelError(`${who}: rows of numbers were expected as its input, but entries of shape [${shape}] came`);
  }
  return size;
}

/** @throws ModelError unless it says what goes into a model */
export function parseSignature(who: string, value: unknown, what = 'an input'): Signature {
  const { kind, size, ...given } = readable(who, () => ({ ...(Object(value) as Record<string, unknown>) }));
  const { vocabulary, ...rest } = given;
  const isBare = Object.keys(rest).length === 0;
  if (kind === 'tokens' && isBare && size === undefined && isSize(vocabulary)) return tokens(vocabulary);
  if (kind === 'sequence' && isBare && vocabulary === undefined && isSize(size)) return sequence(size);
  if (kind === 'vector' && isBare && vocabulary === undefined && isSize(size)) return vector(size);
  if (kind === undefined && size === undefined && isSignature(given)) return given;
  throw new ModelError(
    `${who}: ${what} of kind tokens, sequence or vector with its size was expected, but ${show(value)} came`,
  );
}

/**
 * What goes into a model, by the names of the inputs of its first layer.
 * @throws ModelError unless it says so of each, and of no other
 */
export function parseInputs(who: string, names: readonly string[], value: unknown): Signatures {
  const { inputs } = readable(who, () => ({ ...(Object(value) as { readonly inputs?: unknown }) }));
  if (names.length === 1 && names[0] === 'x' && inputs === undefined) return { x: parseSignature(who, value) };
  const given = isPlain(inputs) ? readable(who, () => Object.entries(inputs)) : [];
  if (given.length !== names.length || !given.every(([name]) => names.includes(name))) {
    throw new ModelError(
      `${who}: { inputs } with ${names.join(', ')} was expected, as the first layer has these, but ${show(value)} came`,
    );
  }
  const byName = Object.fromEntries(given);
  return Object.fromEntries(names.map((name) => [name, parseSignature(who, byName[name], `an input ${name}`)]));
}

/** For a file: see {@link writeSignature}. */
export function writeInputs(inputs: Signatures): InputSignatureLike {
  const written = Object.entries(inputs).map(([name, input]) => [name, writeSignature(input)] as const);
  const [one] = written;
  return written.length === 1 && one?.[0] === 'x' ? one[1] : { inputs: Object.fromEntries(written) };
}

/** What `outputs` of a layer gave. @throws ModelError unless it is a signature for each name */
export function parseSignatures(type: string, value: Readonly<Record<string, unknown>>): Record<string, Signature> {
  if (!isPlain(value)) {
    throw new ModelError(`${type}: outputs by name were expected, such as { y: x }, but ${show(value)} came`);
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, parseSignature(type, one, `an output ${name}`)]),
  );
}

/** For a file: as earlier versions read it, where they have words for it. */
export function writeSignature(signature: Signature): SignatureLike {
  const { shape, vocabulary } = signature;
  const [size] = shape;
  const kind = kindOf(signature);
  if (kind === 'tokens' && shape.length === 0 && vocabulary !== undefined) return { kind, vocabulary };
  if ((kind === 'sequence' || kind === 'vector') && shape.length === 1 && size !== undefined) return { kind, size };
  return signature;
}

/** With its letters: `[B,T,3]`. */
export function showSignature({ over, shape }: Signature): string {
  return `[${['B', ...(over === 'time' ? ['T'] : []), ...shape].join(',')}]`;
}

function isSignature(value: Record<string, unknown>): value is Record<string, unknown> & Signature {
  const { over, dtype, shape, vocabulary, ...rest } = value;
  return (
    (over === 'batch' || over === 'time') &&
    Array.isArray(shape) &&
    shape.every(isSize) &&
    (dtype === 'ids' ? isSize(vocabulary) : dtype === 'numbers' && vocabulary === undefined) &&
    Object.keys(rest).length === 0
  );
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
