import { Tensor } from 'keepgate';
import { expect, test } from 'vitest';
import { gru, layerNormGru } from '../../../src/cells/gru.ts';
import { layerNormLstm } from '../../../src/cells/normalised/layer-norm-lstm.ts';
import { createReferenceEngine } from '../../../src/engines/reference/engine.ts';
import { injectMasks } from '../../../src/masks/plan.ts';
import { inputShare } from '../../../src/sequence/input-share.ts';

// A factor f that a number θ multiplies has the slope f: the gradient by θ is then that of x, times x.
test.each([gru, layerNormGru, layerNormLstm])(
  '$name: the slope by a scale of the input is x dx, summed',
  async (cell) => {
    const ops = createReferenceEngine();
    const [rows, time, batch, size] = [cell.gates.length * 3, 4, 2, 5];
    const numbers = (count: number, by: number): number[] =>
      Array.from({ length: count }, (_, i) => Math.sin(by * i + 1));
    const mask = Array.from({ length: cell.gates.length }, (_, g) => [numbers(size, g), numbers(size, 2 * g)]).map(
      (gate) => gate.map((row) => row.map((value) => (value > 0 ? 1 : 0))),
    );
    const factors = ops.uploadFactors(injectMasks({ input: { rate: 0.5, untied: true, mask } }).masks);
    const x = ops.upload(numbers(time * batch * size, 0.7), [time, batch, size]);
    const weights = {
      weight_ih: ops.upload(numbers(rows * size, 1.3), [rows, size]),
      bias_ih: ops.upload(numbers(rows, 0.2), [rows]),
      gain_ih: ops.upload(numbers(rows, 0.9), [rows]),
    };
    const share = inputShare(ops, { cell, weights, x, factors });
    expect(share.y.shape).toEqual([time, batch, rows]);
    const grads = share.backward(ops.upload(numbers(time * batch * rows, 0.4), share.y.shape));
    const [ofX, dx] = [await ops.read(x), await ops.read(grads.x())];
    const [slope = 0] = await ops.read(grads.slope(factors));
    expect(slope).toBeCloseTo(
      new Tensor(ofX, [ofX.length]).toFlat().reduce((sum, value, i) => sum + value * (dx[i] as number), 0),
      12,
    );
    // Normalisation undoes a scale of its input, but for its epsilon.
    expect(Math.abs(slope)).toBeGreaterThan(cell === gru ? 1e-3 : 1e-6);
  },
);
