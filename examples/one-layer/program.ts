import { fold, type Key, key, mean, type Recurrent, type Scheme, Tensor, uniform } from 'keepgate';

/*
 * A program that trains by hand: its own data, readout, loss and optimizer, all plain numbers. What it takes of keepgate is
 * a recurrent layer and its masks.
 */

/** Sequences [B,T,2] of values and marks, and the sum of the two values that are marked, [B]. */
interface Sums {
  readonly x: Tensor;
  readonly sums: readonly number[];
}

const [BATCH, STEPS, HELD_OUT] = [32, 8, 256];

function drawSums(count: number, from: Key): Sums {
  const numbers = uniform(from, count * (STEPS + 2));
  const sums: number[] = [];
  const x = new Float64Array(count * STEPS * 2);
  for (let b = 0; b < count; b++) {
    const own = numbers.subarray(b * (STEPS + 2), (b + 1) * (STEPS + 2));
    const half = STEPS / 2;
    const marked = [own[STEPS] as number, own[STEPS + 1] as number].map((u, i) => i * half + Math.floor(u * half));
    for (let t = 0; t < STEPS; t++) {
      x[(b * STEPS + t) * 2] = own[t] as number;
      x[(b * STEPS + t) * 2 + 1] = marked.includes(t) ? 1 : 0;
    }
    sums.push(marked.reduce((sum, t) => sum + (own[t] as number), 0));
  }
  return { x: new Tensor(x, [count, STEPS, 2]), sums };
}

/** Adam (Kingma and Ba 2015) on named arrays of numbers, in place. */
function handAdam(weights: Readonly<Record<string, Float64Array>>, learningRate: number) {
  const zeros = (): Record<string, Float64Array> =>
    Object.fromEntries(Object.entries(weights).map(([name, values]) => [name, new Float64Array(values.length)]));
  const [means, squares] = [zeros(), zeros()];
  let step = 0;
  return (grads: Readonly<Record<string, Float64Array>>): void => {
    step++;
    for (const [name, w] of Object.entries(weights)) {
      const [g, m, v] = [grads[name], means[name], squares[name]] as Float64Array[] as [
        Float64Array,
        Float64Array,
        Float64Array,
      ];
      for (let i = 0; i < w.length; i++) {
        const grad = g[i] as number;
        m[i] = 0.9 * (m[i] as number) + 0.1 * grad;
        v[i] = 0.999 * (v[i] as number) + 0.001 * grad * grad;
        const corrected = Math.sqrt((v[i] as number) / (1 - 0.999 ** step)) + 1e-8;
        w[i] = (w[i] as number) - (learningRate * (m[i] as number)) / (1 - 0.9 ** step) / corrected;
      }
    }
  };
}

/** What a training came to: the mean square of errors on other sequences, before it and after it. */
export interface Learned {
  readonly before: number;
  readonly after: number;
}

/** Train a layer of 2 inputs, and a readout of its last state, to add two marked numbers. */
export async function learnToAdd(
  layer: Recurrent,
  { scheme, updates, seed }: { readonly scheme: Scheme; readonly updates: number; readonly seed: number },
): Promise<Learned> {
  const units = layer.hiddenSize;
  const shapes = Object.fromEntries(Object.entries(layer.getWeights()).map(([name, { shape }]) => [name, shape]));
  const ofLayer = Object.fromEntries(Object.entries(layer.getWeights()).map(([name, w]) => [name, w.toFlat()]));
  const readout = uniform(fold(key(seed), 'readout'), units, -0.3, 0.3);
  const bias = new Float64Array(1);
  const adam = handAdam({ ...ofLayer, readout, bias }, 0.01);
  const answers = (h: Tensor, b: number): number =>
    readout.reduce((sum, w, k) => sum + w * h.at(b, k), bias[0] as number);

  const held = drawSums(HELD_OUT, fold(key(seed), 'held out'));
  const error = async (): Promise<number> => {
    const { state, dispose } = await layer.forward(held.x, { plan: mean(scheme) });
    dispose();
    return held.sums.reduce((total, sum, b) => total + (answers(state.h, b) - sum) ** 2, 0) / HELD_OUT;
  };

  // The loss sees the last state alone, and no output before it.
  const nothing = new Tensor(new Float64Array(BATCH * STEPS * units), [BATCH, STEPS, units]);
  const before = await error();
  for (let update = 0; update < updates; update++) {
    const { x, sums } = drawSums(BATCH, fold(fold(key(seed), 'batch'), update));
    const plan = layer.sample(scheme, fold(fold(key(seed), 'masks'), update), { batch: BATCH, time: STEPS });
    const run = await layer.forward(x, { plan });
    const errors = sums.map((sum, b) => (2 * (answers(run.state.h, b) - sum)) / BATCH);
    const dh = Float64Array.from({ length: BATCH * units }, (_, i) => {
      return (errors[Math.floor(i / units)] as number) * (readout[i % units] as number);
    });
    const { weights } = await run.backward({ y: nothing, state: { h: new Tensor(dh, [BATCH, units]) } });
    run.dispose();
    const byReadout = readout.map((_, k) => errors.reduce((sum, e, b) => sum + e * run.state.h.at(b, k), 0));
    const grads = Object.fromEntries(Object.entries(weights).map(([name, grad]) => [name, grad.toFlat()]));
    adam({ ...grads, readout: byReadout, bias: Float64Array.of(errors.reduce((a, b) => a + b, 0)) });
    layer.setWeights(
      Object.fromEntries(Object.entries(ofLayer).map(([name, w]) => [name, new Tensor(w.slice(), shapes[name] ?? [])])),
    );
  }
  return { before, after: await error() };
}
