import type { Handle, Ops } from 'keepgate';
import { createReferenceEngine } from '../../../src/engines/reference/engine.ts';
import { agrees, type Check, largestError, numbers, readAll, some } from './check.ts';

const EPSILON = 1e-3;

const SHAPES = [
  [1, 1],
  [6, 1],
  [1, 3],
  [5, 3],
  [3, 17],
  [70, 17],
  [2, 3, 6],
  [1, 300],
  [4, 300],
];

/** Normalisation over rows, and its gradient. */
export const NORMALISATION: readonly Check[] = [
  ...SHAPES.map((shape) =>
    agrees(`normalise [${shape}]`, (ops) => both(ops.normalise(some(ops, 'x', shape, -2, 3), EPSILON))),
  ),
  ...[1e-12, 1e-5, 0.5].map((epsilon) =>
    agrees(`normalise with an epsilon of ${epsilon}`, (ops) =>
      both(ops.normalise(some(ops, 'small', [3, 17], -0.02, 0.05), epsilon)),
    ),
  ),
  // The mean of a constant row is a little off in float32, and much beside a deviation that is the root of epsilon.
  ...[1, 3, 17, 300].map((width) =>
    agrees(`normalise constant rows of ${width}, beside one that is not`, (ops) =>
      both(ops.normalise(ops.upload(constantRows(width), [3, width]), 1e-5)),
    ),
  ),
  // Such rows are exact in float32: an engine must not round away in a sum or a square what their entries differ by.
  ...[1, 3, 17, 300].map((width) =>
    agrees(`normalise rows of ${width} far from 0`, (ops) =>
      both(ops.normalise(ops.upload(offsetRows(width), [2, width]), EPSILON)),
    ),
  ),
  agrees('normalise rows whose first entry, or last, is far from the others', (ops) =>
    both(ops.normalise(ops.upload([5000, ...numbers('rest', 32), 7000], [2, 17]), EPSILON)),
  ),
  agrees('normalise views', (ops) => {
    const x = some(ops, 'steps', [4, 5, 6]);
    return [
      ...both(ops.normalise(ops.at(x, 2), EPSILON)),
      ...both(ops.normalise(ops.rows(x, 1, 3), EPSILON)),
      ...both(ops.normalise(ops.reshape(ops.rows(ops.reshape(x, [120]), 5, 117), [8, 14]), EPSILON)),
    ];
  }),
  agrees('normalise what an operation made, and use the result in another', (ops) => {
    const { y, inverseDeviation } = ops.normalise(ops.project(some(ops, 'x', [5, 3]), some(ops, 'w', [7, 3])), EPSILON);
    return [
      ops.sumRows(y),
      ops.concat([inverseDeviation, ops.sum(y)]),
      ops.projectWeightGrad(y, some(ops, 'x', [5, 3])),
    ];
  }),
  {
    name: 'normalise keeps NaN, and keeps it to its row',
    run: async (engine) => {
      const x = [1, 2, Number.NaN, 4, 6, 5];
      const found = await readAll(engine, () => both(engine.normalise(engine.upload(x, [2, 3]), EPSILON)));
      const [y, inverseDeviation] = found.map(({ values }) => Array.from(values, Number.isNaN).join());
      return y === 'true,true,true,false,false,false' && inverseDeviation === 'true,false'
        ? 0
        : Number.POSITIVE_INFINITY;
    },
  },

  // With numbers that no normalisation gives, so that every term of the gradient counts.
  ...SHAPES.map((shape) =>
    agrees(`normaliseGrad [${shape}]`, (ops) => {
      const rows = shape.slice(0, -1).reduce((product, size) => product * size);
      const inverseDeviation = some(ops, 'inverse deviation', [rows], 0.3, 2);
      return [ops.normaliseGrad(some(ops, 'y', shape, -1, 3), inverseDeviation, some(ops, 'dy', shape, -2, 1))];
    }),
  ),
  agrees('normaliseGrad of constant rows, and of rows far from 0', (ops) =>
    [constantRows(17), offsetRows(17)].map((x) => {
      const shape = [x.length / 17, 17];
      const { y, inverseDeviation } = ops.normalise(ops.upload(x, shape), 0.1);
      return ops.normaliseGrad(y, inverseDeviation, some(ops, 'dy', shape, -2, 1));
    }),
  ),
  agrees('normaliseGrad of views', (ops) => {
    const [y, dy] = [some(ops, 'y', [4, 5, 6]), some(ops, 'dy', [3, 5, 6])];
    const inverseDeviation = some(ops, 'inverse deviation', [4, 5], 0.3, 2);
    return [ops.normaliseGrad(ops.at(y, 2), ops.at(inverseDeviation, 1), ops.at(dy, 1))];
  }),
  ...[
    [4, 1],
    [5, 3],
    [3, 17],
    [1, 300],
  ].map(([rows = 0, width = 0]) => isGradient(rows, width)),
];

function both({ y, inverseDeviation }: ReturnType<Ops['normalise']>): readonly Handle[] {
  return [y, inverseDeviation];
}

/** [3,N]: only the row in the middle has a deviation. */
function constantRows(width: number): Float64Array {
  return numbers('between constants', 3 * width).map((value, i) => {
    const row = Math.floor(i / width);
    return row === 1 ? value : Math.fround([1000.1, 0, -0.3][row] as number);
  });
}

/** [2,N]: numbers around 1000 and around -30000, in steps that float32 has there. */
function offsetRows(width: number): Float64Array {
  return numbers('offset', 2 * width).map((value, i) => Math.fround(value + (i < width ? 1000 : -30_000)));
}

/** The gradient of Σ dy y by x on an engine is what differences of that sum come to on the reference engine. */
function isGradient(rows: number, width: number): Check {
  const shape = [rows, width];
  const x = numbers('x', rows * width, -2, 3);
  const dy = numbers('dy', rows * width, -2, 1);
  return {
    name: `normaliseGrad [${shape}] is the gradient, by central differences`,
    run: async (engine) => {
      const found = await readAll(engine, () => {
        const { y, inverseDeviation } = engine.normalise(engine.upload(x, shape), EPSILON);
        return [engine.normaliseGrad(y, inverseDeviation, engine.upload(dy, shape))];
      });
      return largestError(found, [{ shape, values: await centralDifferences(x, dy, shape) }]);
    },
  };
}

/** Of fourth order, so that what the method itself misses is below the tolerance of float64. */
async function centralDifferences(x: Float64Array, dy: Float64Array, shape: readonly number[]): Promise<Float64Array> {
  const reference = createReferenceEngine();
  const sumAt = async (place: number, shift: number): Promise<number> => {
    const shifted = x.map((value, i) => (i === place ? value + shift : value));
    const y = await reference.read(reference.normalise(reference.upload(shifted, shape), EPSILON).y);
    return y.reduce((sum, value, i) => sum + value * (dy[i] as number), 0);
  };
  const step = 1e-3;
  const slopes = new Float64Array(x.length);
  for (const place of x.keys()) {
    const near = (await sumAt(place, step)) - (await sumAt(place, -step));
    const far = (await sumAt(place, 2 * step)) - (await sumAt(place, -2 * step));
    slopes[place] = (8 * near - far) / (12 * step);
  }
  return slopes;
}
