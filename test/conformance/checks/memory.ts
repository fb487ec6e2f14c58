import type { Handle, Ops } from 'keepgate';
import { range } from '../../helpers/tensors.ts';
import { agreesExactly, type Check, double, numbers, some } from './check.ts';

/** Uploads, views and order: what moves numbers and changes none. */
export const MEMORY: readonly Check[] = [
  ...[[1], [7], [2, 3], [3, 4, 5], [70, 33], [1, 1, 1]].map((shape) =>
    agreesExactly(`upload and read [${shape}]`, (ops) => [some(ops, 'uploaded', shape)]),
  ),
  agreesExactly('upload and read more than one row of a texture', (ops) => [some(ops, 'long', [2500])]),
  agreesExactly('upload numbers of every size', (ops) => {
    const extremes = [0, 1, -1, 1e30, -1e30, 1e-30, 2 ** 24 + 2, -0.1].map(Math.fround);
    return [ops.upload(extremes, [8]), double(ops, ops.upload(extremes, [2, 4]))];
  }),
  agreesExactly('zeros', (ops) => [ops.zeros([5]), ops.zeros([2, 3]), double(ops, ops.zeros([3, 2, 4]))]),

  // Views, as they are and as what a kernel reads.
  ...views('at', (ops, x) => range(0, 5).map((t) => ops.at(x, t))),
  ...views('rows', (ops, x) => [ops.rows(x, 0, 2), ops.rows(x, 1, 4), ops.rows(x, 4, 5), ops.rows(x, 0, 5)]),
  ...views('reshape to other widths', (ops, x) =>
    [[105], [15, 7], [7, 15], [35, 3], [21, 5], [1, 105], [105, 1], [3, 5, 7]].map((shape) => ops.reshape(x, shape)),
  ),
  ...views('views of views', (ops, x) => {
    const step = ops.at(x, 3);
    const row = ops.at(step, 1);
    const middle = ops.rows(ops.rows(x, 1, 5), 1, 3);
    return [row, ops.rows(row, 2, 6), ops.rows(step, 1, 3), middle, ops.at(middle, 1)];
  }),
  ...views('views that begin inside a row of their own width', (ops, x) => {
    const flat = ops.reshape(x, [105]);
    return [
      ops.reshape(ops.rows(flat, 5, 15), [5, 2]),
      ops.reshape(ops.rows(flat, 8, 44), [9, 4]),
      ops.reshape(ops.rows(flat, 1, 100), [9, 11]),
    ];
  }),
  ...views('views at the end of a buffer', (ops, x) => {
    const flat = ops.reshape(x, [105]);
    return [
      ops.at(x, 4),
      ops.at(ops.at(x, 4), 2),
      ops.rows(flat, 104, 105),
      ops.reshape(ops.rows(flat, 97, 105), [4, 2]),
      ops.reshape(ops.rows(flat, 2, 105), [1, 103]),
    ];
  }),

  ...[1, 3, 7, 8, 50].flatMap((count) => [
    agreesExactly(`concat ${count} parts of one axis`, (ops) => [
      ops.concat(range(0, count).map((i) => some(ops, `part ${i}`, [1 + (i % 3)]))),
    ]),
    agreesExactly(`concat ${count} parts of three axes`, (ops) => [
      ops.concat(range(0, count).map((i) => some(ops, `part ${i}`, [1 + (i % 2), 2, 3]))),
    ]),
  ]),
  agreesExactly('concat views, and one part twice', (ops) => {
    const x = some(ops, 'x', [5, 3, 7]);
    const middle = ops.at(x, 2);
    return [ops.concat([ops.rows(ops.at(x, 4), 1, 3), middle, middle, ops.rows(ops.at(x, 0), 0, 1)])];
  }),

  agreesExactly('reverse without lengths', (ops) => [
    ops.reverse(some(ops, 'x', [5, 3, 2]), null),
    ops.reverse(some(ops, 'one step', [1, 3, 2]), null),
  ]),
  agreesExactly('reverse with lengths', (ops) => {
    const x = some(ops, 'x', [7, 5, 3]);
    const lengths = ops.uploadIndices([7, 0, 1, 4, 6], [5]);
    return [ops.reverse(x, lengths), ops.reverse(ops.reverse(x, lengths), lengths)];
  }),
  agreesExactly('reverse of a view over many steps', (ops) => {
    const x = some(ops, 'x', [90, 3, 2]);
    return [ops.reverse(ops.rows(x, 3, 90), ops.uploadIndices([87, 50, 2], [3]))];
  }),
];

/** Views of a tensor [5,3,7]: read, doubled, and taken of something that a kernel made. */
function views(name: string, of: (ops: Ops, x: Handle) => readonly Handle[]): Check[] {
  const x = numbers('viewed', 105);
  return [
    agreesExactly(`${name}: read`, (ops) => of(ops, ops.upload(x, [5, 3, 7]))),
    agreesExactly(`${name}: into a kernel`, (ops) =>
      of(ops, ops.upload(x, [5, 3, 7])).map((view) => ops.concat([view, view])),
    ),
    agreesExactly(`${name}: of a kernel's result`, (ops) => {
      const made = double(ops, ops.upload(x, [5, 3, 7]));
      return of(ops, made).flatMap((view) => [view, double(ops, view)]);
    }),
  ];
}
