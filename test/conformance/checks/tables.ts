import type { Ops } from 'keepgate';
import { agrees, agreesExactly, type Check, numbers, some } from './check.ts';

const IDS = [3, -1, 0, 3, 5, 3, -1, 1, 0, 3, 5, 5];

/** Tables and classes: gather, scatterAdd and the softmaxes. */
export const TABLES: readonly Check[] = [
  agreesExactly('gather, with -1 and repeated ids', (ops) => [
    ops.gather(some(ops, 'table', [6, 5]), ops.uploadIndices(IDS, [3, 4])),
    ops.gather(some(ops, 'table', [6, 5]), ops.uploadIndices(IDS, [12])),
    ops.gather(some(ops, 'one column', [6, 1]), ops.uploadIndices([5, -1], [2])),
  ]),
  agreesExactly('gather from a large table, and from rows of one', (ops) => {
    const table = some(ops, 'large table', [700, 9]);
    const ids = ops.uploadIndices([699, 0, 512, 511, 255, 256], [2, 3]);
    return [ops.gather(table, ids), ops.gather(ops.rows(table, 1, 700), ops.uploadIndices([698, -1, 3], [3]))];
  }),
  agrees('scatterAdd, with -1, repeated ids and rows that no id names', (ops) => [
    ops.scatterAdd(some(ops, 'dy', [3, 4, 5]), ops.uploadIndices(IDS, [3, 4]), 8),
    ops.scatterAdd(some(ops, 'dy', [12, 5]), ops.uploadIndices(IDS, [12]), 6),
    ops.scatterAdd(some(ops, 'dy', [2, 5]), ops.uploadIndices([-1, -1], [2]), 3),
  ]),
  agrees('scatterAdd of many into few', (ops) => {
    const ids = numbers('many ids', 3000, -1, 3).map(Math.floor);
    return [ops.scatterAdd(some(ops, 'many dy', [3000, 3]), ops.uploadIndices(ids, [3000]), 4)];
  }),
  agrees('scatterAdd of few into many', (ops) => [
    ops.scatterAdd(some(ops, 'dy', [3, 4]), ops.uploadIndices([299, 7, 299], [3]), 300),
  ]),

  ...[
    [1, 4],
    [3, 5],
    [70, 2],
    [4, 1],
    [2, 3, 6],
    [5, 300],
  ].map((shape) => agrees(`softmax of [${shape}]`, (ops) => [ops.softmax(some(ops, 'logits', shape, -3, 3))])),
  agrees('softmax of logits far apart, and far from 0', (ops) => [ops.softmax(extremes(ops))]),
  agrees('softmax of logits that are all alike', (ops) => [
    ops.softmax(ops.upload(new Float64Array(12).fill(-110), [3, 4])),
  ]),
  agrees('softmaxGrad', (ops) => {
    const y = ops.softmax(some(ops, 'logits', [9, 5], -3, 3));
    return [ops.softmaxGrad(y, some(ops, 'dy', [9, 5]))];
  }),
  agrees('softmaxGrad of [2,3,6], and of logits far apart', (ops) => [
    ops.softmaxGrad(ops.softmax(some(ops, 'logits', [2, 3, 6])), some(ops, 'dy', [2, 3, 6])),
    ops.softmaxGrad(ops.softmax(extremes(ops)), some(ops, 'dy', [6, 3])),
  ]),

  agrees('softmaxCrossEntropy', (ops) =>
    both(ops.softmaxCrossEntropy(some(ops, 'logits', [6, 4], -3, 3), ops.uploadIndices([0, 3, 1, 1, 2, 0], [6]))),
  ),
  agrees('softmaxCrossEntropy with rows that do not count', (ops) =>
    both(ops.softmaxCrossEntropy(some(ops, 'logits', [6, 4], -3, 3), ops.uploadIndices([-1, 3, -1, 1, 2, -1], [6]))),
  ),
  agrees('softmaxCrossEntropy where no row counts', (ops) =>
    both(ops.softmaxCrossEntropy(some(ops, 'logits', [3, 4]), ops.uploadIndices([-1, -1, -1], [3]))),
  ),
  agrees('softmaxCrossEntropy of logits far apart', (ops) =>
    both(ops.softmaxCrossEntropy(extremes(ops), ops.uploadIndices([1, 0, -1, 2, 1, 0], [6]))),
  ),
  agrees('softmaxCrossEntropy of many rows, and its gradient alone', (ops) => {
    const labels = ops.uploadIndices(numbers('labels', 200, -1, 5).map(Math.floor), [200]);
    const { grad } = ops.softmaxCrossEntropy(some(ops, 'many logits', [200, 5], -3, 3), labels);
    return [grad, ...both(ops.softmaxCrossEntropy(some(ops, 'other logits', [200, 5], -9, 9), labels))];
  }),

  agrees('ranks, also of rows that have no label', (ops) => {
    const labels = ops.uploadIndices(numbers('labels of ranks', 40, -1, 23).map(Math.floor), [2, 20]);
    return [ops.ranks(some(ops, 'to be ranked', [2, 20, 23]), labels)];
  }),
  agrees('ranks of equal entries, which stay as they stand', (ops) => {
    const x = ops.upload(numbers('few values', 11 * 13, 0, 3).map(Math.floor), [11, 13]);
    return [ops.ranks(x, ops.uploadIndices(numbers('labels of few', 11, 0, 13).map(Math.floor), [11]))];
  }),
];

/** Logits of 80 and -80, and of 110 and -110, whose powers float32 does not have. */
function extremes(ops: Ops) {
  const rows = [
    [80, -80, 0],
    [-80, -80, 80],
    [80, 80, -80],
    [0, 80, 79],
    [110, 109, -110],
    [-110, -111, -109],
  ];
  return ops.upload(rows.flat(), [6, 3]);
}

function both({ loss, grad }: ReturnType<Ops['softmaxCrossEntropy']>) {
  return [loss, grad];
}
