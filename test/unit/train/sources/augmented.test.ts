import {
  type Augmentation,
  DataError,
  dense,
  embedding,
  type FitOptions,
  key,
  lstm,
  ModelError,
  OptionError,
  sequential,
  softmaxCrossEntropy,
  tokenDeletion,
  tokenSwap,
} from 'keepgate';
import { expect, test } from 'vitest';
import { expectRefusal } from '../../../helpers/refusals.ts';

const examples = {
  x: [[2, 3, 4, 5], [6, 7, 2], [3, 3, 4, 6, 7], [5, 2], [7, 6, 5, 4, 3], [4]],
  y: [0, 1, 0, 1, 1, 0],
};
const options = { key: key(4), epochs: 3, batchSize: 2, loss: softmaxCrossEntropy() } satisfies FitOptions;

const aModel = (returnSequences = false) =>
  sequential([embedding({ vocabulary: 8, units: 3 }), lstm({ units: 3, returnSequences }), dense({ units: 2 })], {
    engine: 'reference',
  });

async function weightsOf(more: Partial<FitOptions>): Promise<string> {
  const model = aModel();
  await model.fit(examples, { ...options, ...more });
  const weights = JSON.stringify(await model.getWeights());
  await model.dispose();
  return weights;
}

test('each text is another in each epoch, validation has them as they are, and the key decides', async () => {
  const seen: string[] = [];
  const spy: Augmentation = (ids, own) => {
    const out = Array.from(tokenDeletion({ rate: 0.5 })(ids, own));
    seen.push(`${Array.from(ids)} > ${out}`);
    return out;
  };
  const first = await weightsOf({ augment: spy, validation: examples });
  expect(seen).toHaveLength(3 * examples.x.length);
  for (const ids of examples.x) expect(seen.filter((one) => one.startsWith(`${ids} >`))).toHaveLength(3);
  const ofLongest = seen.filter((one) => one.startsWith('7,6,5,4,3 >'));
  expect(new Set(ofLongest).size).toBeGreaterThan(1);
  const before = [...seen];
  seen.length = 0;
  expect(await weightsOf({ augment: spy, validation: examples })).toBe(first);
  expect(seen).toEqual(before);
  expect(await weightsOf({ augment: spy, key: key(5) })).not.toBe(first);
  expect(await weightsOf({ augment: tokenDeletion({ rate: 0 }) })).toBe(await weightsOf({}));
});

test('a run that is resumed in the midst of an epoch has the bits of one that never stopped', async () => {
  const augment = [tokenSwap({ rate: 0.4 }), tokenDeletion({ rate: 0.3 })];
  const whole = await weightsOf({ augment });
  const model = aModel();
  const trainer = await model.trainer(examples, { ...options, augment });
  for (let step = 0; step < 4; step++) {
    if (trainer.atEndOfEpoch) await trainer.endEpoch();
    await trainer.next();
  }
  const resume = await trainer.snapshot();
  await trainer.finish();
  await model.dispose();
  expect(await weightsOf({ augment, resume })).toBe(whole);
  for (const other of [{}, { augment: tokenSwap({ rate: 0.4 }) }, { augment: [...augment].reverse() }]) {
    await expectRefusal(() => weightsOf({ ...other, resume }), ModelError, 'resume: augment', 'tokenSwap(rate=0.4)');
  }
});

test('examples of an iterable are changed as they come', async () => {
  const stream = () => examples.x.map((x, i) => ({ x, y: examples.y[i] as number }));
  const weights: string[] = [];
  for (const augment of [tokenDeletion({ rate: 0.4 }), tokenDeletion({ rate: 0 })]) {
    const model = aModel();
    await model.fit(stream, { ...options, augment });
    weights.push(JSON.stringify(await model.getWeights()));
    await model.dispose();
  }
  expect(weights[0]).not.toBe(weights[1]);
});

test('what gives no ids of the model is refused, and so is another length where each step has a target', async () => {
  const attempt = (augment: unknown) => () => weightsOf({ augment: augment as Augmentation });
  await expectRefusal(attempt('swap'), OptionError, 'fit', 'as augment, but "swap" came');
  await expectRefusal(attempt([]), OptionError, 'as augment');
  await expectRefusal(
    attempt(() => [8]),
    DataError,
    'from 0 to 7',
    'but 8 came',
  );
  await expectRefusal(
    attempt(() => 'abc'),
    DataError,
    'but "abc" came',
  );
  await expectRefusal(
    attempt(() => [1.5]),
    DataError,
    'but 1.5 came',
  );
  const numbers = sequential([dense({ units: 2 })], { engine: 'reference' });
  const vectors = { x: [[1, 2]], y: [0] };
  await expectRefusal(
    () => numbers.fit(vectors, { ...options, augment: tokenSwap({ rate: 0.1 }) }),
    OptionError,
    'token ids',
  );
  const model = aModel(true);
  const tagged = { x: examples.x, y: examples.x.map((ids) => ids.map((id) => id % 2)) };
  await model.fit(tagged, { ...options, augment: tokenSwap({ rate: 0.5 }) });
  await expectRefusal(
    () => model.fit(tagged, { ...options, augment: (ids) => Array.from(ids).slice(1) }),
    DataError,
    'a target for each',
    'tokenSwap',
  );
  for (const one of [numbers, model]) await one.dispose();
});
