import {
  adam,
  cosineDecay,
  createEngine,
  dense,
  dropout,
  fold,
  key,
  sequential,
  softmaxCrossEntropy,
  tensor,
} from 'keepgate';
import { asVectors, readDigits } from './mnist.ts';
const path = '../../shared/data/mnist';
const raw = { training: asVectors(await readDigits(path, 'train')), test: asVectors(await readDigits(path, 't10k')) };
const std = (e: any) => ({
  ...e,
  x: tensor(
    (e.x.data as Float32Array).map((v: number) => (v - 0.1307) / 0.3081),
    e.x.shape,
  ),
});
const stdd = { training: std(raw.training), test: std(raw.test) };
const engine = await createEngine();
for (const [name, parts, lr, seed] of [
  ['cos .005', raw, cosineDecay({ initial: 0.005, over: 4690 }), 1],
  ['std cos .002', stdd, cosineDecay({ initial: 0.002, over: 4690 }), 1],
  ['const .001', raw, 0.001, 2],
] as const) {
  const model = sequential(
    [
      dense({ units: 128, activation: 'relu' }),
      dropout({ rate: 0.5 }),
      dense({ units: 128, activation: 'relu' }),
      dropout({ rate: 0.5 }),
      dense({ units: 10, activation: 'softmax' }),
    ],
    { engine },
  );
  await model.fit(parts.training, {
    key: fold(key(seed), 'fit'),
    epochs: 10,
    batchSize: 128,
    loss: softmaxCrossEntropy(),
    optimizer: adam({ learningRate: lr as never }),
  });
  console.log(name, seed, (await model.evaluate(parts.test)).accuracy, (await model.evaluate(parts.training)).accuracy);
  await model.dispose();
}
await engine.dispose();
