import { ModelError, show } from '../errors.ts';
import type { Signature } from './layer.ts';

/** @throws ModelError unless the input is of one of the kinds */
export function expectKind<K extends Signature['kind']>(
  who: string,
  input: Signature,
  ...kinds: readonly K[]
): asserts input is Extract<Signature, { kind: K }> {
  const hint = kinds.some((kind) => kind === 'sequence')
    ? 'set returnSequences: true on the recurrent layer before it'
    : 'check the order of the layers';
  if (!kinds.some((kind) => kind === input.kind)) {
    throw new ModelError(
      `${who}: ${kinds.map((kind) => (kind === 'tokens' ? 'token ids' : `a ${kind}`)).join(' or ')} was expected as its input, but ${input.kind === 'tokens' ? 'token ids' : `a ${input.kind}`} came; ${hint}`,
    );
  }
}

/** @throws ModelError unless it says what goes into a model */
export function expectSignature(who: string, value: unknown): Signature {
  const { kind, size, vocabulary } = Object(value) as Record<string, unknown>;
  if (kind === 'tokens' && isSize(vocabulary)) return { kind, vocabulary };
  if ((kind === 'sequence' || kind === 'vector') && isSize(size)) return { kind, size };
  throw new ModelError(
    `${who}: an input of kind tokens, sequence or vector with its size was expected, but ${show(JSON.stringify(value))} came`,
  );
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
