import { fc, test } from '@fast-check/vitest';
import { bigramNoising, DataError, fold, key, OptionError, tokenDeletion, tokenSwap, unigramNoising } from 'keepgate';
import { describe, expect } from 'vitest';

const TEXTS = [
  [2, 3, 2, 4],
  [2, 5, 5, 5, 9],
];
const KINDS = {
  tokenDeletion,
  tokenSwap,
  unigramNoising: ({ rate }: { rate: number }) => unigramNoising({ rate, texts: TEXTS }),
  bigramNoising: ({ rate }: { rate: number }) => bigramNoising({ rate, texts: TEXTS }),
};
const lists = fc.array(fc.integer({ min: 2, max: 12 }), { maxLength: 9 });
const rates = fc.constantFrom(0.05, 0.35, 0.9);

describe.each(Object.entries(KINDS))('%s', (name, make) => {
  test.prop([lists, rates, fc.nat(999)])('a key decides all, and what came is not changed', (ids, rate, seed) => {
    const given = Object.freeze([...ids]);
    const out = Array.from(make({ rate })(given, key(seed)));
    expect(Array.from(make({ rate })(Int32Array.from(ids), key(seed)))).toEqual(out);
    const sorted = (list: readonly number[]): number[] => [...list].sort((a, b) => a - b);
    if (name === 'tokenSwap') expect(sorted(out)).toEqual(sorted(ids));
    else if (name === 'tokenDeletion') {
      expect(out.length).toBeGreaterThanOrEqual(Math.min(1, ids.length));
      let at = 0;
      for (const id of ids) if (id === out[at]) at += 1;
      expect(at).toBe(out.length);
    } else {
      expect(out).toHaveLength(ids.length);
      for (const [t, id] of out.entries()) if (id !== ids[t]) expect(TEXTS.flat()).toContain(id);
    }
  });

  test.prop([lists, fc.nat(99)])('at rate 0 nothing happens', (ids, seed) => {
    expect(Array.from(make({ rate: 0 })(ids, key(seed)))).toEqual(ids);
  });

  test.each([1, -0.1, Number.NaN, '0.1'])('a rate of %j is refused', (rate) => {
    expect(() => make({ rate: rate as number })).toThrow(OptionError);
  });
});

/** The share of 20,000 draws in which something is so; 5 deviations of it, which one in a million draws is beyond, are at most 0.018. */
function shareOf(isSo: (draw: number) => boolean): number {
  let count = 0;
  for (let draw = 0; draw < 20_000; draw++) if (isSo(draw)) count += 1;
  return count / 20_000;
}

test('tokens are dropped and replaced as often as the rate says, and as the texts are', () => {
  const deletion = tokenDeletion({ rate: 0.35 });
  const dropped = shareOf((draw) => !Array.from(deletion([7, 8, 9, 10, 11, 12], fold(key(1), draw))).includes(9));
  expect(Math.abs(dropped - 0.35)).toBeLessThan(0.018);
  // 2, 3, 2, 4, 2, 5, 5, 5, 9: a third is 5.
  const unigram = unigramNoising({ rate: 0.6, texts: TEXTS });
  const fives = shareOf((draw) => unigram([8], fold(key(2), draw))[0] === 5);
  expect(Math.abs(fives - 0.6 / 3)).toBeLessThan(0.018);
  // 2 comes three times, before 3, 4 and 5; 5 three times, before 5 and 9; and nothing is known of 8. What is drawn: 2, 3, 4, 9 follow one each, 5 two.
  const bigram = bigramNoising({ rate: 0.6, texts: TEXTS });
  const behind = (previous: number, wanted: number): number =>
    shareOf((draw) => bigram([previous, 11], fold(key(3), draw))[1] === wanted);
  expect(Math.abs(behind(2, 5) - (0.6 * 2) / 6)).toBeLessThan(0.018);
  expect(Math.abs(behind(5, 9) - (0.6 * (2 / 3)) / 6)).toBeLessThan(0.018);
  expect(behind(8, 11)).toBe(1);
});

test('texts that are none are refused', () => {
  expect(() => unigramNoising({ rate: 0.1, texts: [[]] })).toThrow(DataError);
  expect(() => unigramNoising({ rate: 0.1, texts: ['a'] as never })).toThrow(DataError);
  expect(() => unigramNoising({ rate: 0.1, texts: [[1.5]] })).toThrow(/in text 0 \(from 0\), but 1.5 came/);
  expect(() => bigramNoising({ rate: 0.1, texts: [[4]] })).toThrow(/two tokens or more/);
});
