import {
  bidirectional,
  charTokenizer,
  dense,
  KeepgateError,
  key,
  lstm,
  recurrent,
  sequential,
  softmaxCrossEntropy,
  tensor,
  wordTokenizer,
} from 'keepgate';
import { reportPage, subjectOf } from 'keepgate/verify';
import { describe, expect, it } from 'vitest';

/** What a caller without types may pass where something else is meant. */
const VALUES: readonly unknown[] = [undefined, null, 1, 'x', {}, [], Number.NaN, [1], [[1]], true];

type Call = (...values: readonly unknown[]) => unknown;

const CALLS: Readonly<Record<string, unknown>> = {
  bidirectional,
  charTokenizer,
  wordTokenizer,
  lstm,
  recurrent,
  sequential,
  tensor,
  subjectOf,
  reportPage,
  lstmOption: (value: never) => lstm({ units: 2, activationRegularization: value }),
};

/** Methods that save, or need nothing, are not among them. */
const MODEL_METHODS = ['build', 'fit', 'evaluate', 'predict', 'predictMC', 'setWeights'] as const;
const LAYER_METHODS = ['setWeights', 'forward'] as const;

async function trained() {
  const model = sequential([lstm({ units: 2 }), dense({ units: 2 })], { engine: 'reference' });
  const x = [[[1, 2]], [[2, 1]]];
  await model.fit({ x, y: [0, 1] }, { key: key(1), epochs: 1, loss: softmaxCrossEntropy() });
  return model;
}

function layer() {
  return recurrent({ cell: 'lstm', inputSize: 2, hiddenSize: 2, key: key(1), engine: 'reference' });
}

/** Whatever is passed, it works or says in one line what was expected. */
async function expectTypedErrors(make: () => Promise<Call> | Call): Promise<void> {
  for (const first of VALUES) {
    for (const second of [undefined, null, 1, {}]) {
      try {
        await (await make())(first, second);
      } catch (error) {
        expect(error).toBeInstanceOf(KeepgateError);
        expect((error as Error).message).toMatch(/^[^\n]+ (was|were) expected.*, but .+$|is not an option/);
      }
    }
  }
}

describe('what callers without types pass', () => {
  it.each(Object.keys(CALLS))('%s', (name) => expectTypedErrors(() => CALLS[name] as Call));

  it.each(MODEL_METHODS)('a model: %s', (name) =>
    expectTypedErrors(async () => {
      const model = await trained();
      return model[name].bind(model) as Call;
    }),
  );

  it.each(LAYER_METHODS)('a layer: %s', (name) =>
    expectTypedErrors(() => {
      const one = layer();
      return one[name].bind(one) as Call;
    }),
  );
});
