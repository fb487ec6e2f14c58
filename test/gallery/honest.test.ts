import { injectMasks, key, mean, type Plan, recurrent, type Tensor } from 'keepgate';
import { describe, test } from 'vitest';
import { type MaskRule, rulesAt } from '../../src/masks/scheme.ts';
import type { SubjectCall, SubjectWeights } from '../../src/verify/subject.ts';
import { CELLS } from '../helpers/cells.ts';
import { expectClose } from '../helpers/numeric.ts';
import { RATES, schemesFor } from '../helpers/schemes.ts';
import { generate, mapValues, randomTensor } from '../helpers/tensors.ts';
import { HonestLayer } from './honest.ts';
import { optionsOf } from './honest-subjects.ts';

const SIZES = { batch: 3, time: 5, inputSize: 3, hiddenSize: 4 };
const LENGTHS = [5, 0, 3];
const TRAINING: SubjectCall = { training: true, seed: 20260611, lengths: LENGTHS };

/** Shows its masks. */
class OpenLayer extends HonestLayer {
  /** The plan with the same masks. */
  plan(): Plan {
    const sites = this.rules.map(({ site, tied, ...rule }) => {
      const mask = this.mask({ site, tied, ...rule });
      return [site, { ...rule, untied: !tied, mask }] as const;
    });
    return injectMasks(Object.fromEntries(sites));
  }

  private mask(rule: MaskRule): Tensor {
    const { batch, time, hiddenSize, inputSize } = SIZES;
    const units = rule.shared.includes('unit') ? 1 : rule.site === 'input' ? inputSize : hiddenSize;
    if (rule.site === 'weight') {
      return generate([this.gates.length * hiddenSize, units], ([row = 0, column = 0]) =>
        this.value(rule, { gate: 0, sample: 0, step: 0, unit: row * hiddenSize + column }, TRAINING),
      );
    }
    const [untied, perStep] = [!rule.tied, rule.scope === 'step'];
    const samples = rule.shared.includes('batch') ? 1 : batch;
    const shape = [...(untied ? [this.gates.length] : []), samples, ...(perStep ? [time] : []), units];
    return generate(shape, (index) => {
      const [sample = 0, step = 0] = index.slice(untied ? 1 : 0);
      const place = { gate: untied ? (index[0] as number) : 0, sample, step: perStep ? step : 0 };
      return this.value(rule, { ...place, unit: index.at(-1) as number }, TRAINING);
    });
  }
}

describe.each(CELLS)('$name', (cell) => {
  test.each(schemesFor(cell))('under the same masks an honest layer is the cell of keepgate: $name', async (row) => {
    const { inputSize, hiddenSize, batch, time } = SIZES;
    const ours = recurrent({ cell, inputSize, hiddenSize, engine: 'reference' });
    const seed = key(7);
    // Masks of numbers are kept in float32.
    const tolerance = rulesAt(row.build(RATES), 0).every(({ distribution }) => distribution === 'bernoulli')
      ? 1e-12
      : 1e-6;
    const weights = mapValues(ours.getWeights(), ({ shape }, name) => randomTensor(seed, name, shape, 0.7));
    const x = randomTensor(seed, 'x', [batch, time, inputSize]);
    ours.setWeights(weights);

    const layer = new OpenLayer({ ...optionsOf(cell), claims: row.build(RATES), inputSize, hiddenSize });
    layer.setWeights(mapValues(weights, (value) => value.toArray()) as unknown as SubjectWeights);
    for (const [training, plan] of [
      [true, layer.plan()],
      [false, mean(layer.claims)],
    ] as const) {
      const run = await ours.forward(x, { plan, lengths: LENGTHS });
      const y = layer.forward(x.toArray() as number[][][], { ...TRAINING, training });
      expectClose(
        { y: generate(run.y.shape, ([b = 0, t = 0, j = 0]) => y[b]?.[t]?.[j] as number) },
        { y: run.y },
        tolerance,
      );
      run.dispose();
    }
  });
});
