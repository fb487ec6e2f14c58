import { type Cell, key, type Recurrent, recurrent, type Tensor } from 'keepgate';
import { describe, expect, test } from 'vitest';
import { CELLS } from '../../helpers/cells.ts';
import { expectSameBits } from '../../helpers/numeric.ts';
import { join, mapValues, randomTensor, range, take } from '../../helpers/tensors.ts';

const [BATCH, TIME, INPUT, HIDDEN] = [3, 4, 2, 3];
const LENGTHS = [4, 2, 0];
const source = key(21);
const x = randomTensor(source, 'x', [BATCH, TIME, INPUT]);

function random(layer: Recurrent): Recurrent {
  layer.setWeights(mapValues(layer.getWeights(), ({ shape }, name) => randomTensor(source, name, shape)));
  return layer;
}

/** A layer of its own with the weights of one lane of a stack. */
function laneOf(stack: Recurrent, cell: Cell, suffix: string, inputSize: number): Recurrent {
  const layer = recurrent({ cell, inputSize, hiddenSize: HIDDEN });
  const names = Object.keys(layer.getWeights());
  layer.setWeights(Object.fromEntries(names.map((name) => [name, stack.getWeights()[name + suffix] as Tensor])));
  return layer;
}

async function outputOf(layer: Recurrent, input: Tensor): Promise<{ y: Tensor; h: Tensor }> {
  const run = await layer.forward(input, { lengths: LENGTHS });
  run.dispose();
  return { y: run.y, h: run.state.h as Tensor };
}

/** Each sample's valid steps from last to first. */
function reversed(sequence: Tensor): Tensor {
  const samples = LENGTHS.map((length, sample) => {
    const order = range(0, TIME).map((t) => (t < length ? length - 1 - t : t));
    return take(take(sequence, 0, [sample]), 1, order);
  });
  return samples.reduce((all, sample) => join(0, all, sample));
}

describe.each(CELLS)('$name', (cell) => {
  test('a layer on another reads what the lower one hands on', async () => {
    const stack = random(recurrent({ cell, inputSize: INPUT, hiddenSize: HIDDEN, layers: 2 }));
    const lower = await outputOf(laneOf(stack, cell, '_l0', INPUT), x);
    const upper = await outputOf(laneOf(stack, cell, '_l1', HIDDEN), lower.y);
    const both = await outputOf(stack, x);
    expectSameBits({ y: both.y }, { y: upper.y });
    expect(both.h.toArray()).toEqual([lower.h.toArray(), upper.h.toArray()]);
  });

  test('the reverse direction reads each sample backwards over its valid part', async () => {
    const pair = random(recurrent({ cell, inputSize: INPUT, hiddenSize: HIDDEN, bidirectional: true }));
    const ahead = await outputOf(laneOf(pair, cell, '_l0', INPUT), x);
    const back = await outputOf(laneOf(pair, cell, '_l0_reverse', INPUT), reversed(x));
    const both = await outputOf(pair, x);
    expectSameBits({ y: both.y }, { y: join(2, ahead.y, reversed(back.y)) });
    expect(both.h.toArray()).toEqual([ahead.h.toArray(), back.h.toArray()]);
  });
});
