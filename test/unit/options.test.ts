import {
  adam,
  adagrad,
  adamW,
  nadam,
  radam,
  rmsprop,
  annealed,
  concrete,
  curriculum,
  dense,
  dropout,
  embedding,
  embeddingRowDropout,
  gaussian,
  gru,
  key,
  lockedDropout,
  lstm,
  mean,
  naive,
  OptionError,
  papers,
  parseScheme,
  pooling,
  RateError,
  recurrent,
  recurrentDropout,
  rnn,
  rnnDrop,
  type Scheme,
  SiteError,
  sample,
  schemeWarnings,
  sgd,
  stochasticDepth,
  tokenDropout,
  unknownDropout,
  variational,
  weightDrop,
  wordTypeDropout,
  zoneout,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { show } from '../../src/errors.ts';
import { expectRefusal } from '../helpers/refusals.ts';

const SCHEMES = {
  naive,
  variational,
  recurrentDropout,
  rnnDrop,
  zoneout,
  stochasticDepth,
  weightDrop,
  lockedDropout,
  gaussian,
  concrete,
  wordTypeDropout,
  embeddingRowDropout,
  tokenDropout,
  unknownDropout,
};

/** As JavaScript calls it, where anything can come. */
function untyped(call: unknown): (...args: unknown[]) => unknown {
  return call as (...args: unknown[]) => unknown;
}

describe('what is no object of options is refused by name', () => {
  test.each(Object.entries({ ...SCHEMES, ...papers }))('%s', async (name, build) => {
    for (const value of [null, 0.5]) {
      await expectRefusal(() => untyped(build)(value), OptionError, `${name}: an object of options`, `${value} came`);
    }
  });

  test.each(Object.entries(SCHEMES))('%s, without any', async (name, build) => {
    await expectRefusal(untyped(build), OptionError, `${name}: an object of options`, 'undefined came');
  });

  test.each(Object.entries({ curriculum, annealed }))('%s, whose second one is no gamma', async (name, build) => {
    for (const value of [null, 0.01]) {
      const act = (): unknown => untyped(build)(0.5, value);
      await expectRefusal(act, OptionError, `${name}: an object of options`, `${value} came`);
    }
  });

  test('the extents of sample, and the update of mean', async () => {
    const scheme = variational({ input: 0.2 });
    await expectRefusal(() => untyped(sample)(scheme, key(1)), OptionError, 'sample: extents', 'undefined came');
    for (const options of [3, null])
      await expectRefusal(() => untyped(mean)(scheme, options), OptionError, 'mean: an object', `${options} came`);
    await expectRefusal(() => untyped(sample)(scheme, key(1), null), OptionError, 'sample: extents', 'null came');
  });
});

test.each(
  Object.entries({
    lstm,
    gru,
    rnn,
    embedding,
    dense,
    dropout,
    pooling,
    recurrent,
    sgd,
    adam,
    adamW,
    rmsprop,
    adagrad,
    nadam,
    radam,
  }),
)('%s without an object of options is refused by name', async (name, build) => {
  await expectRefusal(() => untyped(build)(null), OptionError, `${name}: an object of options`, 'null came');
});

test('a scheme in text is a text', async () => {
  await expectRefusal(() => untyped(parseScheme)(null), OptionError, 'dropout: a text', 'null came');
});

test('a rate that cannot be scheduled says what came', async () => {
  const act = (): unknown => concrete({ input: curriculum(0.3) as unknown as number });
  await expectRefusal(act, RateError, 'a concrete rate is learned', '{ schedule: "curriculum", rate: 0.3, gamma:');
});

test('a curriculum of gamma 0 never drops, and says so', () => {
  const never = 'input: a curriculum of gamma 0 has no effect';
  const scheme = naive({ input: curriculum(0.3, { gamma: 0 }) });
  expect(schemeWarnings(scheme)).toEqual([never]);
  expect(schemeWarnings(naive({ input: curriculum(0.3) }))).toEqual([]);
  expect(schemeWarnings(naive({ input: annealed(0.3, { gamma: 0 }) }))).toEqual([]);
  expect(schemeWarnings(naive({ input: curriculum(0) }))).toEqual(['input: rate 0 has no effect']);
  expect(dropout({ rate: curriculum(0.3, { gamma: 0 }) }).warnings?.()).toEqual([never.replace('input', 'output')]);
});

describe('the token ids of a plan', () => {
  const draw = (ids: unknown, scheme: Scheme = wordTypeDropout({ rate: 0.4 })): unknown =>
    untyped(sample)(scheme, key(1), { batch: 1, time: 3, inputSize: 1, hiddenSize: 1, gates: 1, tokens: { ids } });

  test.each([[-2], [1.5], [Number.NaN], ['2']])('%s is none', async (id) => {
    for (const scheme of [wordTypeDropout({ rate: 0.4 }), embeddingRowDropout({ rate: 0.4 })]) {
      const came = `${show(id)} came`;
      await expectRefusal(() => draw([3, id, 1], scheme), SiteError, 'whole numbers from 0', '-1 for padding', came);
    }
  });

  test('-1 may stand for padding', () => {
    expect(() => draw(Int32Array.of(3, 1, -1))).not.toThrow();
  });

  test('none at all', async () => {
    await expectRefusal(() => draw(undefined), SiteError, 'token ids were expected', 'none came');
  });
});

test('a misspelt option is named, with the one that was meant and all that there are', async () => {
  await expectRefusal(
    () => variational({ recurent: 0.5 } as never),
    OptionError,
    'variational: "recurent" is not an option of it; did you mean recurrent? its options are input, recurrent, tied',
  );
  await expectRefusal(
    () => dense({ units: 1, colour: 2 } as never),
    OptionError,
    'dense: "colour" is not an option of it; its options are units, activation',
  );
  await expectRefusal(() => dense([] as never), OptionError, 'an object of options was expected, but [] came');
});
