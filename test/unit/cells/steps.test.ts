import { type CellName, injectMasks, mean, none, type Plan, recurrent, type Scheme } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { mapValues } from '../../helpers/tensors.ts';

/*
 * One step of a cell with one unit and one input, by the textbook, on plain numbers. The weights of the gates are
 * distinct, so that no two gates can be mistaken for each other.
 */
const x = 0.8;
const h = -0.6;
const c = 0.7;
const W = [0.3, -0.5, 0.9, 0.4];
const U = [-0.7, 0.2, 0.6, -0.1];
const BIAS_IH = [0.1, 0.05, -0.2, 0.15];
const BIAS_HH = [-0.3, 0.25, 0.35, -0.05];

const sigmoid = (a: number): number => 1 / (1 + Math.exp(-a));
const input = (gate: number): number => (W[gate] as number) * x + (BIAS_IH[gate] as number);
const hidden = (gate: number, from = h): number => (U[gate] as number) * from + (BIAS_HH[gate] as number);

/** The carried state and y after one step. */
async function step(cell: CellName, plan: Plan, resetAfter?: boolean): Promise<Record<string, number>> {
  const layer = recurrent({
    cell,
    inputSize: 1,
    hiddenSize: 1,
    engine: 'reference',
    ...(resetAfter === undefined ? {} : { resetAfter }),
  });
  const rows = layer.cell.gates.length;
  const column = (values: readonly number[]): number[][] => values.slice(0, rows).map((value) => [value]);
  layer.setWeights({
    weight_ih: column(W),
    weight_hh: column(U),
    bias_ih: BIAS_IH.slice(0, rows),
    bias_hh: BIAS_HH.slice(0, rows),
  });
  const state = Object.fromEntries(layer.cell.carries.map((part) => [part, [[part === 'h' ? h : c]]]));
  const run = await layer.forward([[[x]]], { plan, state });
  run.dispose();
  return mapValues({ y: run.y, ...run.state }, (value) => value.toFlat()[0] as number);
}

function expectStep(found: Record<string, number>, wanted: Record<string, number>): void {
  expect(found).toEqual(mapValues(wanted, (value) => expect.closeTo(value, 14)));
}

function dropping(site: string): Plan {
  return injectMasks({ [site]: { rate: 0.2, mask: [[0]] } });
}

describe('the LSTM', () => {
  const [i, f, o] = [0, 1, 3].map((gate) => sigmoid(input(gate) + hidden(gate))) as [number, number, number];
  const g = Math.tanh(input(2) + hidden(2));
  const fresh = f * c + i * g;
  const out = o * Math.tanh(fresh);

  test('without dropout', async () => {
    expectStep(await step('lstm', none()), { y: out, h: out, c: fresh });
  });

  test('an update that is dropped leaves the memory, forgotten in part', async () => {
    expectStep(await step('lstm', dropping('update')), { y: o * Math.tanh(f * c), h: o * Math.tanh(f * c), c: f * c });
  });

  test('a memory that is dropped is gone, before o reads it', async () => {
    expectStep(await step('lstm', dropping('memory')), { y: 0, h: 0, c: 0 });
  });

  test('a zone keeps the old c, and h still reads the fresh one', async () => {
    expectStep(await step('lstm', dropping('zoneCell')), { y: out, h: out, c });
  });

  test('a zone keeps the old h, and hands it on', async () => {
    expectStep(await step('lstm', dropping('zoneHidden')), { y: h, h, c: fresh });
  });

  test('an output that is dropped leaves the state', async () => {
    expectStep(await step('lstm', dropping('output')), { y: 0, h: out, c: fresh });
  });

  test('in evaluation zones mix old and new by their rates', async () => {
    const scheme: Scheme = [
      { site: 'zoneCell', rate: 0.3 },
      { site: 'zoneHidden', rate: 0.1 },
    ];
    const mixed = 0.9 * out + 0.1 * h;
    expectStep(await step('lstm', mean(scheme)), { y: mixed, h: mixed, c: 0.7 * fresh + 0.3 * c });
  });
});

describe('the GRU', () => {
  const [r, z] = [0, 1].map((gate) => sigmoid(input(gate) + hidden(gate))) as [number, number];

  test('with its reset gate after the product', async () => {
    const n = Math.tanh(input(2) + r * hidden(2));
    expectStep(await step('gru', none()), { y: (1 - z) * n + z * h, h: (1 - z) * n + z * h });
  });

  test('with its reset gate before the product', async () => {
    const n = Math.tanh(input(2) + hidden(2, r * h));
    expectStep(await step('gru', none(), false), { y: (1 - z) * n + z * h, h: (1 - z) * n + z * h });
  });

  test.each([true, false])(
    'dropping h before the product leaves the h that is carried (resetAfter %s)',
    async (after) => {
      const [r0, z0] = [0, 1].map((gate) => sigmoid(input(gate) + hidden(gate, 0))) as [number, number];
      const n = Math.tanh(input(2) + (after ? r0 : 1) * hidden(2, 0));
      const wanted = (1 - z0) * n + z0 * h;
      expectStep(await step('gru', dropping('recurrent'), after), { y: wanted, h: wanted });
    },
  );

  test('an update that is dropped leaves z of the old h', async () => {
    expectStep(await step('gru', dropping('update')), { y: z * h, h: z * h });
  });
});

describe('the tanh RNN', () => {
  const n = Math.tanh(input(0) + hidden(0));

  test('without dropout', async () => {
    expectStep(await step('rnn', none()), { y: n, h: n });
  });

  test.each([
    ['input', Math.tanh((BIAS_IH[0] as number) + hidden(0))],
    ['recurrent', Math.tanh(input(0) + hidden(0, 0))],
    ['weight', Math.tanh(input(0) + hidden(0, 0))],
    ['update', 0],
    ['zoneHidden', h],
  ])('with %s dropped', async (site, wanted) => {
    expectStep(await step('rnn', dropping(site)), { y: wanted, h: wanted });
  });

  test('what is kept is scaled by 1 / (1 - rate), or not at all where scaling is literal', async () => {
    const kept = { rate: 0.2, mask: [[1]] };
    expectStep(await step('rnn', injectMasks({ update: kept })), { y: n / 0.8, h: n / 0.8 });
    expectStep(await step('rnn', injectMasks({ update: { ...kept, scaling: 'literal' } })), { y: n, h: n });
  });
});
