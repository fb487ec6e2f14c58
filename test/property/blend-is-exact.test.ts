import fc from 'fast-check';
import { kernel } from 'keepgate';
import { expect, test } from 'vitest';
import { createReferenceEngine } from '../../src/engines/reference/engine.ts';
import { holds } from '../helpers/laws.ts';

const blendKernel = kernel({
  name: 'blendAlone',
  inputs: { keep: ['keep'], fresh: ['fresh'], old: ['old'] },
  outputs: { y: ['y'] },
  body: (a, v) => ({ y: a.blend(v.keep, v.fresh, v.old) }),
});

async function blend(keep: number, fresh: number, old: number): Promise<number | undefined> {
  const ops = createReferenceEngine();
  const [k, f, o] = [keep, fresh, old].map((value) => ops.upload([value], [1, 1])) as [never, never, never];
  const { y } = ops.run(blendKernel, { inputs: { keep: k, fresh: f, old: o } });
  return (await ops.read(y))[0];
}

/** Any number at all, and often a zero of either sign, an infinity or NaN, for which 0 times old is not nothing. */
const numbers = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN),
);
const pairs = fc.tuple(numbers, numbers);

test('a blend that keeps is the fresh value bit for bit, whatever the old one is', async () => {
  await holds(pairs, async ([fresh, old]) => expect(await blend(1, fresh, old)).toBe(fresh));
});

test('a blend that drops is the old value bit for bit, whatever the fresh one is', async () => {
  await holds(pairs, async ([fresh, old]) => expect(await blend(0, fresh, old)).toBe(old));
});

test('a blend in between is the weighted mean', async () => {
  const finite = fc.double({ min: -1e3, max: 1e3, noNaN: true });
  await holds(fc.tuple(finite, finite), async ([fresh, old]) => {
    expect(await blend(0.35, fresh, old)).toBeCloseTo(0.35 * fresh + 0.65 * old, 9);
  });
});
