import {
  embeddingRowDropout,
  key,
  type Mask,
  mean,
  type Plan,
  type Scheme,
  ShapeError,
  SITES,
  type Site,
  SiteError,
  sample,
  sharedAcrossBatch,
  tokenDropout,
  unknownDropout,
  wordTypeDropout,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { expectRefusal } from '../../helpers/refusals.ts';
import { range } from '../../helpers/tensors.ts';

const BATCH = 6;
const TIME = 40;
/** Many words stand several times in a sample, and in several samples; time-major. */
const ids = Int32Array.from({ length: TIME * BATCH }, (_, place) => (place * place + 3 * place) % 37);
const extents = { batch: BATCH, time: TIME, inputSize: 2, hiddenSize: 2, gates: 1, tokens: { ids } };

function draw(scheme: Scheme, site: Site, changed: object = {}): Mask {
  return sample(scheme, key(8), { ...extents, ...changed }).masks[site] as Mask;
}

/** What was drawn for each token: its sample, step and id. */
function entries(mask: Mask): { row: number; time: number; id: number; value: number }[] {
  return range(0, TIME).flatMap((time) =>
    range(0, BATCH).map((row) => {
      return { row, time, id: ids[time * BATCH + row] as number, value: mask.at({ gate: 0, time, row, unit: 0 }) };
    }),
  );
}

/** Whether tokens that a label puts together have the same value. */
function isTheSameWithin(mask: Mask, label: (entry: ReturnType<typeof entries>[number]) => string): boolean {
  const known = new Map<string, number>();
  return entries(mask).every((entry) => {
    const before = known.get(label(entry)) ?? entry.value;
    known.set(label(entry), entry.value);
    return entry.value === before;
  });
}

const ofWordType = draw(wordTypeDropout({ rate: 0.3 }), 'wordType');
const ofRow = draw(embeddingRowDropout({ rate: 0.3 }), 'embeddingRow');
const ofToken = draw(tokenDropout({ rate: 0.3 }), 'token');
const ofUnknown = draw(unknownDropout({ rate: 0.3 }), 'unknown');

describe('which tokens share an entry', () => {
  const bySampleAndWord = ({ row, id }: { row: number; id: number }): string => `${row} ${id}`;
  const byWord = ({ id }: { id: number }): string => `${id}`;

  // 240 tokens with some 37 words: bits of their own would agree by chance with a probability below 10^-20.
  test('wordType: a word within a sample', () => {
    expect(isTheSameWithin(ofWordType, bySampleAndWord)).toBe(true);
    expect(isTheSameWithin(ofWordType, byWord)).toBe(false);
  });

  test('embeddingRow, and wordType shared by the batch: a word in all samples', () => {
    expect(isTheSameWithin(ofRow, byWord)).toBe(true);
    const shared = draw(sharedAcrossBatch(wordTypeDropout({ rate: 0.3 })), 'wordType');
    expect(isTheSameWithin(shared, byWord)).toBe(true);
    expect(new Set(shared.values).size).toBe(2);
  });

  test('token and unknown: none', () => {
    for (const mask of [ofToken, ofUnknown]) expect(isTheSameWithin(mask, bySampleAndWord)).toBe(false);
  });

  test('a token of which all samples share the entry', () => {
    const shared = draw(sharedAcrossBatch(tokenDropout({ rate: 0.3 })), 'token');
    expect(isTheSameWithin(shared, ({ time }) => `${time}`)).toBe(true);
    expect(shared.sizes).toEqual({ gate: 1, time: TIME, row: 1, unit: 1 });
  });
});

test.each([
  ['wordType', ofWordType],
  ['embeddingRow', ofRow],
  ['token', ofToken],
  ['unknown', ofUnknown],
] as const)('%s: masks are [T,B], of bits, with one entry for all units', (site, mask) => {
  expect(mask.sizes).toEqual({ gate: 1, time: TIME, row: BATCH, unit: 1 });
  expect(mask.strides).toEqual({ gate: 0, time: BATCH, row: 1, unit: 0 });
  expect(new Set(mask.values)).toEqual(new Set([0, 1]));
  expect(SITES[site].of).toBe('embedding');
});

describe('an entry of a word depends on the word and the sample, on nothing else', () => {
  test('the steps around it', () => {
    const few = { time: 3, tokens: { ids: ids.subarray(4 * BATCH, 7 * BATCH) } };
    for (const [scheme, site, whole] of [
      [wordTypeDropout({ rate: 0.3 }), 'wordType', ofWordType],
      [embeddingRowDropout({ rate: 0.3 }), 'embeddingRow', ofRow],
    ] as const) {
      expect([...draw(scheme, site, few).values]).toEqual([...whole.values.subarray(4 * BATCH, 7 * BATCH)]);
    }
  });

  test('the samples beside it', () => {
    const first = 2;
    const shard = {
      batch: BATCH - first,
      first: { sample: first },
      tokens: { ids: ids.filter((_, place) => place % BATCH >= first) },
    };
    for (const [scheme, site, whole] of [
      [wordTypeDropout({ rate: 0.3 }), 'wordType', ofWordType],
      [embeddingRowDropout({ rate: 0.3 }), 'embeddingRow', ofRow],
      [tokenDropout({ rate: 0.3 }), 'token', ofToken],
    ] as const) {
      const wanted = whole.values.filter((_, place) => place % BATCH >= first);
      expect([...draw(scheme, site, shard).values]).toEqual([...wanted]);
    }
  });
});

describe('scaling', () => {
  const expectation = (scheme: Scheme): Plan['masks'] => mean(scheme).masks;

  test('words and rows are inverted: evaluation is the identity', () => {
    expect(ofWordType.scale).toBe(1 / 0.7);
    expect(ofRow.scale).toBe(1 / 0.7);
    expect(expectation([...wordTypeDropout({ rate: 0.3 }), ...embeddingRowDropout({ rate: 0.3 })])).toEqual({});
  });

  test('tokens are not scaled, unless it is asked for', () => {
    expect(ofToken.scale).toBe(1);
    expect(expectation(tokenDropout({ rate: 0.3 }))).toEqual({});
    expect(draw([{ site: 'token', rate: 0.3, scaling: 'inverted' }], 'token').scale).toBe(1 / 0.7);
    expect(expectation([{ site: 'token', rate: 0.3, scaling: 'literal' }]).token?.scale).toBe(0.7);
  });

  test('what is replaced is never scaled', async () => {
    expect(ofUnknown.scale).toBe(1);
    expect(expectation(unknownDropout({ rate: 0.3 }))).toEqual({});
    const act = (): unknown => mean([{ site: 'unknown', rate: 0.3, scaling: 'inverted' }]);
    await expectRefusal(act, SiteError, "scaling 'none'", "'inverted' came");
  });
});

describe('what cannot be is refused', () => {
  test('word types without token ids', async () => {
    const { tokens: _, ...without } = extents;
    for (const scheme of [wordTypeDropout({ rate: 0.3 }), embeddingRowDropout({ rate: 0.3 })]) {
      await expectRefusal(() => sample(scheme, key(1), without), SiteError, 'token ids', 'none came');
    }
  });

  test('token ids of another batch', async () => {
    const act = (): unknown => draw(wordTypeDropout({ rate: 0.3 }), 'wordType', { batch: BATCH - 1 });
    await expectRefusal(act, ShapeError, `[T,B] of ${TIME} x ${BATCH - 1}`, `${TIME * BATCH} came`);
  });

  test('scopes that a site cannot have', async () => {
    const perStep = (): unknown => mean([{ site: 'wordType', rate: 0.3, scope: 'step' }]);
    await expectRefusal(perStep, SiteError, "scope 'sequence'", "'step' came");
    const fixed = (): unknown => mean([{ site: 'token', rate: 0.3, scope: 'sequence' }]);
    await expectRefusal(fixed, SiteError, "scope 'step'", "'sequence' came");
  });
});
