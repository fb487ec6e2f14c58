import {
  type DrawnPlan,
  type History,
  key,
  type ReportOptions,
  type RunResult,
  type SchemeLike,
  sample,
} from 'keepgate';

/** Training that goes down, and validation that turns after a while. */
export function historyOf(epochs: number, { shift = 0, turn = 6 }: { shift?: number; turn?: number } = {}): History {
  return {
    epochs: Array.from({ length: epochs }, (_, i) => {
      const training = 0.95 * 0.8 ** i + 0.05;
      const validation = 0.55 + 0.4 * 0.75 ** i + 0.012 * Math.max(0, i - turn) + shift;
      return {
        epoch: i + 1,
        training: { loss: training, accuracy: 1 - 0.45 * training },
        validation: { loss: validation, accuracy: 1.02 - 0.42 * validation },
        updates: {
          gradientNorm: 2 - training,
          learningRate: 0.01 * 0.9 ** i,
          dropoutRates: { '1.recurrent_l0': 0.3, '1.input_l0': 0.02 * i },
        },
      };
    }),
    warnings: [],
  };
}

const EXTENTS = { batch: 4, time: 24, inputSize: 16, hiddenSize: 32, gates: 4 };

/** What a batch of a model with two layers drew. */
export function plansOf(scheme: SchemeLike): DrawnPlan[] {
  return [{ layer: 1, label: '_l0', plan: sample(scheme, key(1), EXTENTS), extents: EXTENTS }];
}

/** Texts as bad as any that users have. */
export const HOSTILE: readonly string[] = [
  '</script><script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  'left \u202eright\u202c to left',
  'x'.repeat(5000),
  '"quotes" & <b>ampersands</b> \u2028 lines',
];

/** Predictions of three classes, of which about three quarters are right; the surest mistakes are of hostile texts. */
export function evaluationOf(count: number): NonNullable<ReportOptions['evaluation']> {
  const labels = Array.from({ length: count }, (_, i) => i % 3);
  const probabilities = labels.map((label, i) => {
    const sure = 0.4 + 0.59 * ((i * 37) % 100) * 0.01;
    const winner = i % 4 === 1 ? (label + 1) % 3 : label;
    return [0, 1, 2].map((k) => (k === winner ? sure : (1 - sure) / 2));
  });
  const texts = labels.map((_, i) => HOSTILE[i % 11] ?? `text number ${i} of those that were held out`);
  return { of: 'held-out texts', classes: ['negative', 'neutral <i>', 'positive'], probabilities, labels, texts };
}

/** A report with everything in it. */
export function fullOptions(scheme: SchemeLike): ReportOptions {
  return {
    title: 'Reviews & <ratings>',
    training: { loss: 0.2, accuracy: 0.912 },
    evaluation: evaluationOf(400),
    plans: plansOf(scheme),
    data: {
      parts: {
        training: {
          labels: [...Array(70).fill('positive'), ...Array(20).fill('negative'), 'neutral <i>'],
          lengths: [3, 9, 40],
        },
        'held out': { labels: ['positive', 'negative', 'neutral <i>'], lengths: [4, 8], unknown: 0.12 },
      },
      overlap: 2,
      facts: { file: 'reviews.csv', rows: 12345 },
    },
    origin: {
      command: "keepgate train reviews.csv --dropout 'variational(input=0.25)'",
      code: "const a = '<b>';\n",
      facts: { keepgate: '0.1.0' },
    },
  };
}

/** Three schemes with three seeds each. */
export function threeByThree(): RunResult[] {
  return ['no dropout', 'variational', 'zoneout + weight drop'].flatMap((scheme, i) =>
    [1, 2, 3].map((seed) => ({
      scheme,
      seed,
      history: historyOf(12, { shift: -0.03 * i + 0.01 * ((seed * 7 + i) % 5), turn: 5 + 3 * i }),
      training: { loss: 0.1 + 0.05 * i, accuracy: 0.97 - 0.02 * i },
    })),
  );
}
