import {
  adam,
  dense,
  embedding,
  key,
  lstm,
  type Ops,
  sequential,
  softmaxCrossEntropy,
  variational,
  zoneout,
} from 'keepgate';

/** What a process holds, in numbers that must not grow. */
export type Level = Readonly<Record<string, number>>;

/**
 * Train for 1,000 steps on texts of many lengths, and look at what is held after the first 250 and at the end: until then the
 * host still compiles what training runs, which takes 5% of a page's heap, and next to nothing after (1% from step 1,000 to 3,000).
 * Runs in Node and in a page.
 */
export async function thousandSteps(
  engine: Ops,
  measure: () => Promise<Level>,
): Promise<{ early: Level; late: Level }> {
  const dropout = [variational({ input: 0.2, recurrent: 0.3 }), zoneout({ hidden: 0.1, scope: 'step' })];
  const model = sequential(
    [embedding({ vocabulary: 30, units: 5 }), lstm({ units: 6, dropout }), dense({ units: 2 })],
    { engine },
  );
  // Four batches an epoch, of lengths that differ from epoch to epoch.
  const x = Array.from({ length: 16 }, (_, i) => Array.from({ length: 1 + ((i * 5) % 9) }, (_, t) => (i * 7 + t) % 30));
  const y = x.map((_, i) => i % 2);
  let early: Level = {};
  await model.fit(
    { x, y },
    {
      key: key(4),
      epochs: 250,
      batchSize: 4,
      loss: softmaxCrossEntropy(),
      optimizer: adam({ learningRate: 1e-4 }),
      callbacks: [
        {
          onStep: async ({ step }) => {
            if (step === 250) early = await measure();
          },
        },
      ],
    },
  );
  return { early, late: await measure() };
}
