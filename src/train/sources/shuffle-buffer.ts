import { uniform } from '../../random/draws.ts';
import { fold, type Key } from '../../random/key.ts';

/** So many random numbers are drawn at a time. */
const DRAWS = 1024;

/**
 * Items in a random order that the key and their number alone decide: each is drawn from a buffer, and the next item takes its
 * place there.
 * @param size of the buffer; 1 leaves the order as it is
 */
export async function* shuffled<T>(items: AsyncIterable<T>, size: number, key: Key): AsyncGenerator<T> {
  const buffer: T[] = [];
  let drawn = 0;
  let draws = new Float64Array();
  const place = (): number => {
    if (drawn % DRAWS === 0) draws = Float64Array.from(uniform(fold(key, drawn / DRAWS), DRAWS));
    return Math.floor((draws[drawn++ % DRAWS] as number) * buffer.length);
  };
  for await (const item of items) {
    if (buffer.length < size) {
      buffer.push(item);
      continue;
    }
    const i = place();
    const taken = buffer[i] as T;
    buffer[i] = item;
    yield taken;
  }
  while (buffer.length > 0) {
    const i = place();
    const taken = buffer[i] as T;
    buffer[i] = buffer.at(-1) as T;
    buffer.pop();
    yield taken;
  }
}
