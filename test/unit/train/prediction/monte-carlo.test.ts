import {
  type Batch,
  binaryCrossEntropy,
  curriculum,
  dense,
  dropout,
  embedding,
  gru,
  key,
  type Layer,
  type Loss,
  lockedDropout,
  lstm,
  meanSquaredError,
  OptionError,
  type Rate,
  rnn,
  sequential,
  softmaxCrossEntropy,
  Tensor,
  type Uncertainty,
  variational,
  weightDrop,
} from 'keepgate';
import { describe, expect, test } from 'vitest';
import { everDrops } from '../../../../src/train/prediction/monte-carlo.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

// A model of which all is known: softmax of two inputs, each dropped or doubled... here rate 0.2, so times 1.25.
const rate = 0.2;
const identity = {
  '1.weight': new Tensor(Float64Array.of(1, 0, 0, 1), [2, 2]),
  '1.bias': new Tensor(new Float64Array(2), [2]),
};

async function known(loss = softmaxCrossEntropy()) {
  const model = sequential([dropout({ rate }), dense({ units: 2 })]);
  await model.setWeights(identity, { input: { kind: 'vector', size: 2 }, loss });
  return model;
}

describe('predictMC', () => {
  test('averages what the masks give', async () => {
    const [found] = await (await known(meanSquaredError())).predictMC([[2, -4]], { passes: 4000, key: key(3) });
    // Each value is 0 or 1.25 x: mean x, variance x² p / (1 - p). 4000 passes: 6 standard errors, false alarm 1e-8.
    const error = (x: number): number => (6 * Math.abs(x) * Math.sqrt(rate / (1 - rate))) / Math.sqrt(4000);
    expect(Math.abs((found?.mean[0] as number) - 2)).toBeLessThan(error(2));
    expect(Math.abs((found?.mean[1] as number) + 4)).toBeLessThan(error(4));
    expect(found?.variance[0]).toBeCloseTo((4 * rate) / (1 - rate), 0);
    expect(found).toMatchObject({ entropy: 0, mutualInformation: 0 });
  });

  test('the entropy of the mean is at least the disagreement, and a sure model has none', async () => {
    const [unsure, sure] = await (await known()).predictMC(
      [
        [1, 3],
        [0, 0],
      ],
      { passes: 60 },
    );
    expect(unsure?.mutualInformation).toBeGreaterThan(0);
    expect(unsure?.entropy).toBeGreaterThan(unsure?.mutualInformation as number);
    // [0, 0] stays [0, 0] under any mask: undecided, and all passes agree on it.
    expect(sure?.entropy).toBeCloseTo(Math.log(2), 14);
    expect(sure?.mutualInformation).toBeCloseTo(0, 14);
    expect(sure?.variance).toEqual([0, 0]);
  });

  test.each<[string, () => Loss]>([
    ['softmax', softmaxCrossEntropy],
    ['sigmoid', binaryCrossEntropy],
  ])(
    'mean, variance, entropy and what the passes disagree about are those of their probabilities: %s',
    async (link, loss) => {
      const [passes, a] = [20, 2];
      const [found] = await (await known(loss())).predictMC([[a, 0]], { passes, key: key(5) });
      const { mean, variance, entropy, mutualInformation } = found as Uncertainty;
      // The input is dropped in some of the passes; the other one is 0 in all.
      const kept = 1 / (1 + Math.exp(-a / (1 - rate)));
      const count = Math.round((passes * ((mean[0] as number) - 0.5)) / (kept - 0.5));
      expect(count).toBeGreaterThan(0);
      expect(count).toBeLessThan(passes);
      const share = count / passes;
      const p = share * kept + (1 - share) * 0.5;
      expect(mean[0]).toBeCloseTo(p, 6);
      expect(mean[1]).toBeCloseTo(link === 'softmax' ? 1 - p : 0.5, 6);
      const spread = share * (kept - p) ** 2 + (1 - share) * (0.5 - p) ** 2;
      expect(variance[0]).toBeCloseTo(spread, 6);
      expect(variance[1]).toBeCloseTo(link === 'softmax' ? spread : 0, 6);
      const of = (q: number): number => -q * Math.log(q) - (1 - q) * Math.log(1 - q);
      // Two yes and no are two variables, two classes one.
      expect(entropy).toBeCloseTo(of(p) + (link === 'softmax' ? 0 : of(0.5)), 6);
      expect(mutualInformation).toBeCloseTo(of(p) - (share * of(kept) + (1 - share) * of(0.5)), 6);
    },
  );

  test('a sample has the masks of its place, which may be counted from another first', async () => {
    const x = Array.from({ length: 130 }, (_, i) => [1 + (i % 3), 2]);
    const model = await known();
    const all = await model.predictMC(x, { passes: 3, key: key(1) });
    expect(await model.predictMC(x.slice(64), { passes: 3, key: key(1), first: 64 })).toEqual(all.slice(64));
    expect(await model.predictMC(x.slice(64), { passes: 3, key: key(1) })).not.toEqual(all.slice(64));
  });

  test('a key gives the same passes whatever the batches, and another key others', async () => {
    const x = Array.from({ length: 300 }, (_, i) => [i % 7, (i % 5) - 2]);
    const model = await known();
    const all = await model.predictMC(x, { passes: 3, key: key(1) });
    expect(await model.predictMC(x, { passes: 3, key: key(1) })).toEqual(all);
    expect(await model.predictMC(x.slice(0, 70), { passes: 3, key: key(1) })).toEqual(all.slice(0, 70));
    expect(await model.predictMC(x, { passes: 3, key: key(2) })).not.toEqual(all);
    // Samples in the same place of different batches have masks of their own.
    expect(all.slice(70, 105)).not.toEqual(all.slice(0, 35));
  });

  test('a schedule is where training left it', async () => {
    const scheduled = async (rate: Rate, updates: number): Promise<number> => {
      const model = sequential([dropout({ rate }), dense({ units: 2 })]);
      await model.setWeights(identity, { input: { kind: 'vector', size: 2 }, loss: softmaxCrossEntropy(), updates });
      const [found] = await model.predictMC([[1, 3]], { passes: 40 });
      return found?.mutualInformation as number;
    };
    const begun = curriculum(0.3, { gamma: 0.01 });
    expect(await scheduled(begun, 0)).toBeCloseTo(0, 14);
    expect(await scheduled(begun, 100_000)).toBe(await scheduled(0.3, 0));
  });

  describe('computes once what does not drop, and passes together where they can be', () => {
    /** How often a layer runs, with how many rows. */
    function watched(layer: Layer): { readonly layer: Layer; readonly rows: number[] } {
      const rows: number[] = [];
      return {
        rows,
        layer: {
          ...layer,
          run(context, weights, inputs) {
            rows.push((inputs.x as Batch).batch);
            return layer.run(context, weights, inputs);
          },
        },
      };
    }

    async function rowsOf(before: Layer, behind: Layer): Promise<{ before: number[]; behind: number[] }> {
      const [first, last] = [watched(before), watched(behind)];
      const model = sequential([embedding({ vocabulary: 5, units: 3 }), first.layer, last.layer]);
      await model.build({ kind: 'tokens', vocabulary: 5 }, key(1));
      await model.predictMC([[1, 2, 3, 4], [2], [4, 4]], { passes: 50 });
      return { before: first.rows, behind: last.rows };
    }

    test('dropout at the end', async () => {
      const dropping = lstm({ units: 2, dropout: lockedDropout({ output: 0.3 }) });
      expect(await rowsOf(gru({ units: 3, returnSequences: true }), dropping)).toEqual({ before: [3], behind: [150] });
    });

    test('dropout from the start', async () => {
      const dropping = gru({ units: 3, dropout: variational({ input: 0.3 }) });
      expect(await rowsOf(dropping, dense({ units: 2 }))).toEqual({ before: [150], behind: [150] });
    });

    test('weights that drop are those of all rows of a batch: pass by pass', async () => {
      const dropping = gru({ units: 3, dropout: weightDrop({ recurrent: 0.3 }) });
      const rows = Array.from({ length: 50 }, () => 3);
      expect(await rowsOf(dropping, dense({ units: 2 }))).toEqual({ before: rows, behind: rows });
    });

    test('no dropout at all: nothing to disagree about', async () => {
      expect(await rowsOf(gru({ units: 3 }), dense({ units: 2 }))).toEqual({ before: [3], behind: [3] });
    });

    test('a layer that never drops is known by its scheme', () => {
      const dropping = (value: Rate): boolean => everDrops([gru({ units: 3 }), dropout({ rate: value })]);
      expect(everDrops([gru({ units: 3 }), dense({ units: 2 })])).toBe(false);
      expect(dropping(0.1)).toBe(true);
      expect(dropping(0)).toBe(false);
      expect(dropping(curriculum(0.3))).toBe(true);
      expect(dropping(curriculum(0.3, { gamma: 0 }))).toBe(false);
    });

    test('a batch is bounded, and its groups of passes are about alike', async () => {
      const { layer, rows } = watched(dropout({ rate: 0.2 }));
      const model = sequential([layer, dense({ units: 2 })]);
      await model.build({ kind: 'vector', size: 1 }, key(1));
      await model.predictMC(
        Array.from({ length: 65 }, (_, i) => [i]),
        { passes: 101 },
      );
      // 6400 rows of one step have room for 100 passes of 64 samples.
      expect(rows).toEqual([64 * 51, 64 * 50, 101]);
    });

    test('a layer that draws must name its scheme', async () => {
      const { scheme, ...unnamed } = dropout({ rate: 0.2 });
      expect(scheme).toHaveLength(1);
      const model = sequential([unnamed, dense({ units: 2 })]);
      await model.build({ kind: 'vector', size: 2 }, key(1));
      await expect(model.predictMC([[1, 2]], { passes: 2 })).rejects.toThrow(
        'predictMC: no masks were expected for layer 0, which names no scheme',
      );
    });
  });

  test('says what it needs', async () => {
    await expect((await known()).predictMC([[1, 2]], { passes: 1 })).rejects.toThrow(OptionError);
    const refused = async (options: unknown, part: string): Promise<void> => {
      const model = await known();
      await expectRefusal(
        () => model.predictMC([[1, 2]], options as { passes: number }),
        OptionError,
        'predictMC',
        part,
      );
    };
    await refused({ passes: 3, sed: 1 }, '"sed"');
    await refused(undefined, 'undefined came');
    await refused(20, '20 came');
    await refused({ passes: 3, first: -1 }, '-1 came');
    await refused({ passes: 3, first: 0.5 }, '0.5 came');
    await refused({ passes: 2.5 }, '2.5 came');
    await refused({ passes: 1e9 }, 'passes');
    for (const wrong of [1, null, 'a', [1, 2], {}]) await refused({ passes: 3, key: wrong }, 'key');
  });

  test('says of a model that predicts every step how much the passes differ there', async () => {
    const overTime = sequential([rnn({ units: 3, returnSequences: true, dropout: variational({ recurrent: 0.5 }) })]);
    await overTime.build({ kind: 'sequence', size: 1 }, key(1));
    const x = [[[1], [2]], [[3]], []];
    const found = await overTime.predictMC<Uncertainty[][]>(x, { passes: 20, key: key(3) });
    expect(found.map((steps) => steps.length)).toEqual([2, 1, 0]);
    const sums = found.map((steps) => steps.map(({ variance }) => variance.some((value) => value > 0)));
    // A recurrent mask has nothing to drop before the second step.
    expect(sums).toEqual([[false, true], [false], []]);
    await overTime.dispose();
  });
});
