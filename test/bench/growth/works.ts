import {
  adam,
  createEngine,
  dense,
  embedding,
  gru,
  type Handle,
  type Indices,
  key,
  lstm,
  type Ops,
  sequential,
  softmaxCrossEntropy,
} from 'keepgate';
import { standardWork } from '../../../src/report/standard-works.ts';
import type { WorkName, WorkSize } from '../../../src/report/work-sizes.ts';
import { range } from '../../helpers/tensors.ts';
import { fromBase, type Growing, type Prepared } from './growing.ts';

const SMALL: WorkSize = { batch: 16, time: 50, inputSize: 64, hiddenSize: 64 };

/** The standard works, training on vocabularies, and the operations of an engine, by each of their dimensions. */
export function works(threads: number): readonly Growing[] {
  const engine = () => createEngine('simd', { threads });
  return [
    ...(['W1', 'W2', 'W3', 'W4'] as const).flatMap((name) => standardWorks(name, engine)),
    { ...longSequences('W2', engine), what: 'W2 at M' },
    { ...longSequences('W3', engine), what: 'W3 at M' },
    ...vocabularies(engine),
    ...operations(engine),
  ];
}

function standardWorks(name: WorkName, engine: () => Promise<Ops>): readonly Growing[] {
  const prepare = (size: WorkSize) => standing(engine, name, size);
  const square = (size: number) => size * size;
  return [
    { what: name, dimension: 'B', sizes: fromBase(8), prepare: (batch) => prepare({ ...SMALL, batch }) },
    { what: name, dimension: 'T', sizes: fromBase(50), prepare: (time) => prepare({ ...SMALL, time }) },
    { what: name, dimension: 'I', sizes: fromBase(64), prepare: (inputSize) => prepare({ ...SMALL, inputSize }) },
    {
      what: name,
      dimension: 'H = I',
      sizes: [32, 128, 512],
      work: square,
      prepare: (hiddenSize) => prepare({ ...SMALL, time: 20, inputSize: hiddenSize, hiddenSize }),
    },
  ];
}

function longSequences(name: WorkName, engine: () => Promise<Ops>): Omit<Growing, 'what'> {
  const size = { batch: 32, inputSize: 128, hiddenSize: 128 };
  return {
    dimension: 'T',
    sizes: [100, 200, 400, 800],
    prepare: (time) => standing(engine, name, { ...size, time }),
  };
}

async function standing(create: () => Promise<Ops>, name: WorkName, size: WorkSize): Promise<Prepared> {
  const engine = await create();
  const work = standardWork(engine, name, size);
  return {
    run: () => work.run(),
    async end() {
      work.dispose();
      await engine.dispose();
    },
  };
}

/** Steps of `fit`, whose tables grow with the vocabulary. */
function vocabularies(create: () => Promise<Ops>): readonly Growing[] {
  const [batch, time, units] = [16, 20, 64];
  const x = (vocabulary: number) =>
    range(0, batch).map((b) => range(0, time).map((t) => (7 * b + 31 * t) % vocabulary));
  return [
    {
      what: 'training step, words in',
      dimension: 'V',
      sizes: fromBase(4000),
      prepare: (vocabulary) =>
        fitting(create, [embedding({ vocabulary, units }), lstm({ units }), dense({ units: 2 })], {
          x: x(vocabulary),
          y: range(0, batch).map((b) => b % 2),
        }),
    },
    {
      what: 'training step of a language model, no metrics',
      dimension: 'V',
      sizes: fromBase(1000),
      prepare: (vocabulary) =>
        fitting(
          create,
          [embedding({ vocabulary, units }), gru({ units, returnSequences: true }), dense({ units: vocabulary })],
          { x: x(vocabulary), y: x(vocabulary) },
        ),
    },
  ];
}

async function fitting(
  create: () => Promise<Ops>,
  layers: Parameters<typeof sequential>[0],
  examples: { readonly x: readonly number[][]; readonly y: readonly (number | number[])[] },
): Promise<Prepared> {
  const engine = await create();
  const model = sequential(layers, { engine });
  const options = { key: key(1), epochs: 1, loss: softmaxCrossEntropy(), optimizer: adam(), metrics: [] };
  return {
    run: () => model.fit(examples, options),
    async end() {
      await model.dispose();
      await engine.dispose();
    },
  };
}

/** Each with one dimension that grows, in a scope of its own. */
function operations(create: () => Promise<Ops>): readonly Growing[] {
  const table = (ops: Ops, rows: number, width: number): Handle =>
    ops.upload(
      Float32Array.from({ length: rows * width }, (_, i) => Math.sin(i)),
      [rows, width],
    );
  const ids = (ops: Ops, count: number, below: number): Indices =>
    ops.uploadIndices(
      range(0, count).map((i) => (i * 7919) % below),
      [count],
    );
  const rows = (
    what: string,
    dimension: string,
    base: number,
    make: (ops: Ops, size: number) => () => unknown,
  ): Growing => ({
    what,
    dimension,
    sizes: fromBase(base),
    async prepare(size) {
      const ops = await create();
      const compute = make(ops, size);
      return {
        run() {
          const scope = ops.openScope();
          scope.run(compute);
          scope.dispose();
        },
        end: () => ops.dispose(),
      };
    },
  });
  return [
    rows('softmax', 'rows', 250, (ops, size) => held(table(ops, size, 100), (x) => ops.softmax(x))),
    rows('softmax', 'V', 250, (ops, size) => held(table(ops, 100, size), (x) => ops.softmax(x))),
    rows('normalise', 'N', 250, (ops, size) => held(table(ops, 100, size), (x) => ops.normalise(x, 1e-5))),
    rows('sumRows', 'rows', 250, (ops, size) => held(table(ops, size, 100), (x) => ops.sumRows(x))),
    rows('gather', 'ids', 1000, (ops, size) => held(table(ops, 500, 64), (x) => ops.gather(x, ids(ops, size, 500)))),
    rows('scatterAdd', 'ids', 1000, (ops, size) =>
      held(table(ops, size, 64), (x) => ops.scatterAdd(x, ids(ops, size, 500), 500)),
    ),
    rows('scatterAdd', 'V', 4000, (ops, size) =>
      held(table(ops, 500, 64), (x) => ops.scatterAdd(x, ids(ops, 500, size), size)),
    ),
    rows('concat', 'parts', 64, (ops, size) =>
      held(table(ops, size, 64), (x) => ops.concat(range(0, size).map((i) => ops.at(x, i)))),
    ),
    rows('upload', 'numbers', 10_000, (ops, size) =>
      held(Float32Array.from({ length: size }, Math.random), (x) => ops.upload(x, [size])),
    ),
    rows('read', 'numbers', 10_000, (ops, size) => held(table(ops, size, 1), (x) => ops.read(x))),
  ];
}

function held<T>(value: T, use: (value: T) => unknown): () => unknown {
  return () => use(value);
}
