import { DataError, key, ModelError, normal, OptionError, Tensor } from 'keepgate';
import { importLayers, type RecurrentLayout } from 'keepgate/interop';
import { expect, test } from 'vitest';
import { expectRefusal } from '../../helpers/refusals.ts';

const [I, H, T] = [3, 2, 4];

const drawn = (seed: number, ...shape: number[]): Tensor =>
  new Tensor(
    Float32Array.from(
      normal(
        key(seed),
        shape.reduce((a, b) => a * b),
      ),
    ),
    shape,
  );

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** v [N] times m [N,M], plus b [M]. */
const times = (v: readonly number[], m: Tensor, b: readonly number[]): number[] =>
  b.map((added, j) => v.reduce((sum, x, i) => sum + x * (m.toFlat()[i * b.length + j] as number), added));

const list = (tensor: Tensor): number[] => [...tensor.toFlat()];
const zeros = (size: number): number[] => new Array(size).fill(0);
const x = Array.from({ length: T }, (_, t) => [...normal(key(50 + t), I)]);

/** One step of a cell, as its own program has it: from x, h and c to h and c. */
type Step = (x: readonly number[], h: readonly number[], c: readonly number[]) => readonly [number[], number[]];

function outputs(step: Step): number[][] {
  let [h, c]: readonly [number[], number[]] = [zeros(H), zeros(H)];
  return x.map((row) => {
    [h, c] = step(row, h, c);
    return h;
  });
}

async function expectOutputs(weights: Record<string, Tensor>, layout: RecurrentLayout, step: Step): Promise<void> {
  const name = Object.keys(weights)[0]?.replace(/[./]\w+(:0)?$/, '') as string;
  const [layer] = await importLayers(weights, { layouts: { [name]: layout } });
  if (layer?.kind !== 'recurrent') throw new Error('a recurrent layer was expected');
  const made = layer.toRecurrent({ engine: 'reference' });
  const run = await made.forward([x]);
  const wanted = outputs(step).flat();
  for (const [i, value] of [...run.y.toFlat()].entries()) expect(value).toBeCloseTo(wanted[i] as number, 9);
  run.dispose();
  await made.dispose();
}

const gate = (values: readonly number[], k: number): number[] => values.slice(k * H, (k + 1) * H);

/** An LSTM whose pre-activations stand in the order i, g, f, o. */
const lstm = (a: readonly number[], c: readonly number[], forgetBias: number): readonly [number[], number[]] => {
  const [i, g, f, o] = [0, 1, 2, 3].map((k) => gate(a, k)) as [number[], number[], number[], number[]];
  const next = c.map(
    (old, u) => old * sigmoid((f[u] as number) + forgetBias) + sigmoid(i[u] as number) * Math.tanh(g[u] as number),
  );
  return [next.map((value, u) => Math.tanh(value) * sigmoid(o[u] as number)), next];
};

const weights = (gates: number): Record<string, Tensor> => ({
  'rnn.kernel': drawn(1, I, gates * H),
  'rnn.recurrent_kernel': drawn(2, H, gates * H),
  'rnn.bias': drawn(3, gates * H),
});

test("Haste's LSTM", async () => {
  const given = weights(4);
  const { 'rnn.kernel': w, 'rnn.recurrent_kernel': u, 'rnn.bias': b } = given as Record<string, Tensor>;
  await expectOutputs(given, 'haste lstm', (row, h, c) => {
    const state = times(h, u as Tensor, zeros(4 * H));
    return lstm(
      times(row, w as Tensor, list(b as Tensor)).map((value, k) => value + (state[k] as number)),
      c,
      0,
    );
  });
});

test("Haste's GRU, which resets after the product", async () => {
  const given: Record<string, Tensor> = Object.assign(weights(3), { 'rnn.recurrent_bias': drawn(4, 3 * H) });
  await expectOutputs(given, 'haste gru', (row, h, c) => {
    const a = times(row, given['rnn.kernel'] as Tensor, list(given['rnn.bias'] as Tensor));
    const s = times(h, given['rnn.recurrent_kernel'] as Tensor, list(given['rnn.recurrent_bias'] as Tensor));
    const next = h.map((old, k) => {
      const [z, r] = [0, 1].map((g) => sigmoid((gate(a, g)[k] as number) + (gate(s, g)[k] as number)));
      const n = Math.tanh((gate(a, 2)[k] as number) + (r as number) * (gate(s, 2)[k] as number));
      return (z as number) * old + (1 - (z as number)) * n;
    });
    return [next, [...c]];
  });
});

test.each([0, 1, 0.25])('a BasicLSTMCell of TensorFlow 1 with a forget bias of %d', async (forgetBias) => {
  const kernel = drawn(5, I + H, 4 * H);
  const bias = drawn(6, 4 * H);
  const given = { 'net/cell_0/basic_lstm_cell/kernel:0': kernel, 'net/cell_0/basic_lstm_cell/bias:0': bias };
  await expectOutputs(given, { forgetBias }, (row, h, c) =>
    lstm(times([...row, ...h], kernel, list(bias)), c, forgetBias),
  );
});

test('what is told wrong, or is of another cell, is refused by its name', async () => {
  const given = weights(4);
  const told = (layout: unknown, more: Record<string, Tensor> = {}, name = 'rnn') =>
    importLayers(Object.assign({}, given, more), { layouts: { [name]: layout as RecurrentLayout } });
  await expectRefusal(() => importLayers(given), DataError, 'layouts');
  await expectRefusal(() => told('haste lstm', { 'rnn.gamma': drawn(7, 2, 8) }), ModelError, '"rnn"', 'layer_norm');
  await expectRefusal(() => told('haste lstm', { 'rnn.bias': drawn(7, 3) }), ModelError, '"rnn"');
  await expectRefusal(() => told('haste lstm', { 'rnn.recurrent_kernel': drawn(7, 2, 9) }), ModelError, '[2,8]');
  await expectRefusal(() => told('haste gru'), ModelError, 'recurrent_bias');
  await expectRefusal(() => told({ forgetBias: 1 }), ModelError, 'kernel, bias');
  await expectRefusal(() => told('keras'), OptionError, 'haste gru');
  await expectRefusal(() => told({}), OptionError, 'forgetBias');
  await expectRefusal(() => told('haste lstm', {}, 'elsewhere'), OptionError, 'elsewhere');
});

test('layers by other names stand beside it', async () => {
  const dense = { 'fc.weight': drawn(8, 2, H), 'fc.bias': drawn(9, 2) };
  const found = await importLayers(Object.assign(dense, weights(4)), { layouts: { rnn: 'haste lstm' } });
  expect(found.map(({ kind, name }) => [kind, name])).toEqual([
    ['recurrent', 'rnn'],
    ['dense', 'fc'],
  ]);
});
