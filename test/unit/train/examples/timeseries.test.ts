import {
  DataError,
  dense,
  key,
  lstm,
  meanSquaredError,
  OptionError,
  ShapeError,
  sequential,
  Tensor,
  timeseries,
} from 'keepgate';
import { expect, test } from 'vitest';
import { range } from '../../../helpers/tensors.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const rows = range(0, 17).map((n) => [n, 100 + n, 200 + n]);

test.each([
  { length: 3, delay: 2 },
  { length: 4, delay: 0, every: 2, stride: 3 },
  { length: 1, delay: 5, every: 7, stride: 2, target: 2 },
  { length: 5, delay: 12 },
  { length: 5, delay: 0, every: 4 },
  { length: 3, delay: 1, every: 5 },
])('each window and its target are rows at their places, and none that there is is missing: %o', (options) => {
  const {
    length,
    delay,
    every = 1,
    stride = 1,
    target,
  } = options as { every?: number; stride?: number; target?: number } & typeof options;
  const x: number[][][] = [];
  const y: number[][] = [];
  for (let start = 0; rows[start + (length - 1) * every + delay]; start += stride) {
    x.push(range(0, length).map((t) => rows[start + t * every] as number[]));
    const row = rows[start + (length - 1) * every + delay] as number[];
    y.push(target === undefined ? row : [row[target] as number]);
  }
  const columnsFirst = new Tensor(
    Float64Array.from(range(0, 51), (i) => 100 * Math.floor(i / 17) + (i % 17)),
    [17, 3],
    [1, 17],
  );
  for (const given of [rows, columnsFirst]) {
    const found = timeseries(given, options);
    expect(found.x.map((window) => window.toArray())).toEqual(x);
    expect(found.y).toEqual(y);
  }
});

test('windows share the memory of the rows, and are learned from as lists are', async () => {
  const table = new Tensor(
    Float32Array.from(rows.flat(), (value) => value / 200),
    [17, 3],
  );
  const next = timeseries(table, { length: 3, delay: 1 });
  expect(next.x.every(({ data }) => data.buffer === table.data.buffer)).toBe(true);
  // With rows left out between, all are views of one array in another order: training copies none of them.
  const windows = timeseries(table, { length: 3, delay: 1, every: 2, target: 1 });
  const [{ data: first } = table] = windows.x;
  expect([first.constructor, first.buffer.byteLength]).toEqual([Float32Array, 17 * 3 * 4]);
  for (const { data, strides } of windows.x) {
    expect(data.buffer).toBe(first.buffer);
    expect(strides).toEqual([3, 1]);
  }
  const losses = [];
  for (const x of [windows.x, windows.x.map((window) => window.toArray<number[][]>())]) {
    const model = sequential([lstm({ units: 2 }), dense({ units: 1 })], { engine: 'reference' });
    const { epochs } = await model.fit(
      { x, y: windows.y },
      { key: key(3), epochs: 2, batchSize: 4, loss: meanSquaredError() },
    );
    losses.push(epochs.map(({ training }) => training.loss));
    await model.dispose();
  }
  expect(losses[0]).toEqual(losses[1]);
});

test('what cannot be had is refused', async () => {
  const told = { length: 3, delay: 2 };
  for (const [wrong, type, part] of [
    [{ length: 0 }, OptionError, 'length'],
    [{ delay: -1 }, OptionError, 'delay'],
    [{ every: 0.5 }, OptionError, 'every'],
    [{ stride: 0 }, OptionError, 'stride'],
    [{ target: 3 }, OptionError, 'a column from 0 to 2'],
    [{ offset: 1 }, OptionError, 'offset'],
    [{ length: 16 }, DataError, 'at least 18 rows'],
  ] as const) {
    await expectRefusal(() => timeseries(rows, { ...told, ...wrong } as never), type, 'timeseries', part);
  }
  await expectRefusal(() => timeseries([1, 2, 3], told), ShapeError, '[rows,columns]');
  await expectRefusal(() => timeseries([[1], [Number.NaN]], told), DataError, 'finite');
});
