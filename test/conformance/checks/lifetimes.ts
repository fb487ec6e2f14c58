import type { FactorUse, Handle, Indices, Ops } from 'keepgate';
import type { CountedOps } from '../../helpers/engines.ts';
import { range } from '../../helpers/tensors.ts';
import { bits, type Check, compares, double, type Outcome, some } from './check.ts';

/** When numbers can be read, how often, and what is freed. */
export const LIFETIMES: readonly Check[] = [
  compares('reading the same thing twice, and a view of it', async (ops) => {
    const scope = ops.openScope();
    const sum = scope.run(() => double(ops, some(ops, 'x', [3, 4])));
    const outcomes = [await outcome(ops, sum), await outcome(ops, sum), await outcome(ops, ops.at(sum, 1))];
    scope.dispose();
    return outcomes;
  }),
  compares('reading many things at once', async (ops) => {
    const scope = ops.openScope();
    const handles = scope.run(() => {
      const x = some(ops, 'x', [3, 4]);
      const once = double(ops, x);
      const twice = double(ops, once);
      return [twice, x, once, ops.at(twice, 2), ops.concat([x, once]), twice];
    });
    // Freed while the reads wait: what was asked for before must still come.
    const reading = handles.map((handle) => outcome(ops, handle));
    scope.dispose();
    return Promise.all(reading);
  }),
  compares('reading what was kept, after its scope was disposed of', async (ops) => {
    const scope = ops.openScope();
    const kept = scope.run(() => {
      const x = some(ops, 'x', [4, 3]);
      const y = double(ops, x);
      const z = double(ops, y);
      scope.keep([ops.at(z, 1)]);
      scope.keep([x]);
      return [z, x];
    });
    scope.dispose();
    const outcomes = [];
    for (const handle of kept) outcomes.push(await outcome(ops, handle));
    ops.release(kept);
    return outcomes;
  }),
  compares('computing with what was kept, after its scope was disposed of', async (ops) => {
    const first = ops.openScope();
    const kept = first.run(() => double(ops, some(ops, 'x', [4, 3])));
    first.keep([kept]);
    first.dispose();
    const second = ops.openScope();
    const results = second.run(() => [double(ops, kept), ops.concat([kept, kept])]);
    ops.release([kept]);
    const outcomes = [];
    for (const handle of results) outcomes.push(await outcome(ops, handle));
    second.dispose();
    return outcomes;
  }),

  leavesNothing('products under a factor that differs by gate', (ops, { x, w, dy, plus, untied }) => [
    ops.project(x, w, { factor: untied, bias: ops.reshape(ops.rows(plus, 0, 1), [6]), plus }),
    ops.projectInputGrad(dy, w, { factor: untied, plus: x }),
    ops.projectWeightGrad(dy, x, { factor: untied }),
  ]),
  leavesNothing('concat of many parts', (ops, { x }) => [ops.concat(range(0, 60).map((i) => ops.rows(x, i % 4, 5)))]),
  leavesNothing('reverse', (ops, { x }) => [ops.reverse(ops.reshape(x, [5, 1, 4]), null)]),
  leavesNothing('sums of many rows', (ops, { long }) => [ops.sumRows(long), ops.sum(long)]),
  leavesNothing('gather and scatterAdd', (ops, { x, w, ids }) => [ops.gather(w, ids), ops.scatterAdd(x, ids, 6)]),
  leavesNothing('normalise', (ops, { x }) => Object.values(ops.normalise(x, 0.1))),
  leavesNothing('the gradient of normalise', (ops, { dy, long }) => [
    ops.normaliseGrad(dy, ops.rows(ops.reshape(long, [10_000]), 7, 12), dy),
  ]),
  leavesNothing('softmax and its gradient', (ops, { x, dy }) => [
    ops.softmax(x),
    ops.softmaxGrad(dy, ops.reshape(dy, [5, 6])),
  ]),
  leavesNothing('softmaxCrossEntropy', (ops, { dy, ids }) => Object.values(ops.softmaxCrossEntropy(dy, ids))),
  leavesNothing('ranks', (ops, { dy, ids }) => [ops.ranks(dy, ids)]),
];

async function outcome(ops: Ops, handle: Handle): Promise<Outcome> {
  return { shape: handle.shape, values: await ops.read(handle) };
}

interface Given extends Readonly<Record<'x' | 'w' | 'dy' | 'plus' | 'long', Handle>> {
  readonly ids: Indices;
  readonly untied: FactorUse;
}

function given(ops: Ops): Given {
  const factor = { values: bits('untied', 40), scale: 2, strides: { gate: 20, time: 0, row: 4, unit: 1 } };
  return {
    x: some(ops, 'x', [5, 4]),
    w: some(ops, 'w', [6, 4]),
    dy: some(ops, 'dy', [5, 6]),
    plus: some(ops, 'plus', [5, 6]),
    long: some(ops, 'long', [5000, 2]),
    ids: ops.uploadIndices([0, 5, -1, 5, 2], [5]),
    untied: { factors: ops.uploadFactors({ untied: factor }), name: 'untied', gates: 2 },
  };
}

/** Outside of a scope, operations leave their results and nothing else: the error is the number of buffers too many. */
function leavesNothing(name: string, compute: (ops: Ops, given: Given) => readonly Handle[]): Check {
  return {
    name: `${name}: outside of a scope only results are left`,
    run: async (engine) => {
      const counted = engine as CountedOps;
      const scope = engine.openScope();
      const inputs = scope.run(() => given(engine));
      const before = counted.liveBuffers;
      const results = compute(engine, inputs);
      const made = counted.liveBuffers - before;
      // An engine may compute when it is asked: what it needed for that is freed as well.
      for (const handle of results) await engine.read(handle);
      const left = counted.liveBuffers - before;
      engine.release(results);
      const afterwards = counted.liveBuffers - before;
      scope.dispose();
      return Math.abs(made - results.length) + Math.abs(left - results.length) + Math.abs(afterwards);
    },
  };
}
