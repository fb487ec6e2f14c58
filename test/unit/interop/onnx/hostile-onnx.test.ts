import { DataError, KeepgateError, Tensor } from 'keepgate';
import { importLayers, readTensors } from 'keepgate/interop';
import { describe, expect, test } from 'vitest';
import type { GraphBuilder } from '../../../../src/interop/onnx/nodes/graph-builder.ts';
import { MessageWriter } from '../../../../src/interop/onnx/protobuf/message-writer.ts';
import { fileOf, fileWith, GOLDEN_ONNX, goldenOnnx } from '../../../helpers/golden-onnx.ts';
import { expectRefusal } from '../../../helpers/refusals.ts';

const bytesIn = (...values: readonly number[]): Uint8Array => Uint8Array.from(values);

/** A graph with a tensor whose fields are put together. */
function withTensor(build: (tensor: MessageWriter) => MessageWriter): Uint8Array {
  return fileWith(new MessageWriter().message(5, build(new MessageWriter().text(8, 'w'))));
}

describe('a file that breaks a rule of protobuf', () => {
  const start = [0x08, 7, 0x12, 1, 0x61];
  test.each([
    ['a group', [...start, 0x1b, 0x1c], 'wire type 3'],
    ['the end of a group', [...start, 0x1c], 'wire type 4'],
    ['a wire type that there is not', [...start, 0x1f], 'wire type 7'],
    ['field 0', [...start, 0x00, 0], 'the number of a field'],
    ['a number of eleven bytes', [...start, 0x28, ...new Array(10).fill(0xff), 1], 'a longer one'],
    ['a number of more than 64 bits', [...start, 0x28, ...new Array(9).fill(0xff), 2], 'a longer one'],
    ['a length beyond the end', [...start, 0x3a, 100, 1], 'one of 100'],
    ['a length of 2^63 and more', [...start, 0x3a, ...new Array(9).fill(0xff), 1], 'one of -1'],
    ['another wire type than the field has', [...start, 0x38, 1], 'wire type 0'],
    ['no graph', start, 'one without'],
    ['two graphs', [...start, 0x3a, 0, 0x3a, 0], 'a second one'],
    ['text that is no UTF-8', [...start, 0x1a, 1, 0xff], 'UTF-8'],
  ])('%s', async (_, bytes, came) => {
    await expectRefusal(() => readTensors(bytesIn(...bytes)), DataError, 'onnx: ', came);
  });

  test('graphs that stand in each other a hundred times', async () => {
    let graph = new MessageWriter();
    for (let i = 0; i < 100; i++) {
      const attribute = new MessageWriter().text(1, 'body').message(6, graph);
      graph = new MessageWriter().message(1, new MessageWriter().text(4, 'Loop').message(5, attribute));
    }
    await expectRefusal(() => readTensors(fileWith(graph)), DataError, 'at most 64 deep');
  });

  test.each(GOLDEN_ONNX.map(({ file }) => file))('any end of %s', async (file) => {
    const bytes = goldenOnnx(file);
    for (let end = 0; end < bytes.length; end += 1 + Math.floor(bytes.length / 500)) {
      // What stands behind the graph is the opset, without which the rest is whole.
      const outcome = await readTensors(bytes.slice(0, end)).catch((error: unknown) => error);
      if (!(outcome instanceof KeepgateError)) expect(end).toBeGreaterThan(bytes.length - 64);
    }
  });
});

describe('a tensor', () => {
  const floats = (...values: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

  test.each([
    [
      'of fewer numbers than its sizes say',
      (t: MessageWriter) => t.whole(1, 3).whole(2, 1).block(9, floats(1, 2)),
      '12 bytes',
    ],
    [
      'of huge sizes',
      (t: MessageWriter) =>
        t
          .whole(1, 2 ** 40)
          .whole(1, 2 ** 40)
          .whole(2, 1),
      'sizes of tensor',
    ],
    ['of a size below 0', (t: MessageWriter) => t.whole(1, -1).whole(2, 1), 'sizes of tensor'],
    ['in a segment', (t: MessageWriter) => t.message(3, new MessageWriter()), 'a segment'],
    [
      'in two fields',
      (t: MessageWriter) => t.whole(1, 1).whole(2, 1).block(9, floats(1)).block(4, floats(1)),
      'several',
    ],
    [
      'with the end of a number',
      (t: MessageWriter) => t.whole(1, 1).whole(2, 7).block(7, bytesIn(0x81)),
      'the end of one',
    ],
  ])('%s', async (_, build, came) => {
    await expectRefusal(() => readTensors(withTensor(build)), DataError, came);
  });

  test.each([
    ['raw_data', (t: MessageWriter) => t.whole(1, 2).whole(2, 1).block(9, floats(1, -2))],
    ['float_data', (t: MessageWriter) => t.whole(1, 2).whole(2, 1).block(4, floats(1, -2))],
    ['float_data, one by one', (t: MessageWriter) => t.whole(1, 2).whole(2, 1).float(4, 1).float(4, -2)],
    ['int32_data', (t: MessageWriter) => t.whole(1, 2).whole(2, 6).whole(5, 1).whole(5, -2)],
    ['int64_data', (t: MessageWriter) => t.whole(1, 2).whole(2, 7).whole(7, 1).whole(7, -2)],
    [
      'bits of float16 in int32_data',
      (t: MessageWriter) => t.whole(1, 2).whole(2, 10).whole(5, 0x3c00).whole(5, 0xc000),
    ],
  ])('as %s is read', async (_, build) => {
    const { tensors } = await readTensors(withTensor(build));
    expect(Array.from(tensors.w?.toFlat() ?? [])).toEqual([1, -2]);
  });

  test('of a dtype that is not read is told, and the others are there', async () => {
    const { refused, tensors } = await readTensors(withTensor((t) => t.whole(1, 0).whole(2, 8)));
    expect([Object.keys(tensors), refused.w]).toEqual([[], 'its dtype is STRING; save it as float32']);
  });

  test('with NaN is read, and told', async () => {
    const { notes } = await readTensors(withTensor((t) => t.whole(1, 1).whole(2, 1).block(9, floats(Number.NaN))));
    expect(notes).toContain('"w" has numbers that are not finite');
  });

  test('called __proto__ is one like others', async () => {
    const named = new MessageWriter().message(
      5,
      new MessageWriter().text(8, '__proto__').whole(1, 1).whole(2, 1).block(9, floats(3)),
    );
    const { tensors } = await readTensors(fileWith(named));
    expect(Object.keys(tensors)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(tensors)).toBe(null);
  });
});

describe('few bytes do not stand for much memory', () => {
  const many = (field: number, count: number): Uint8Array => {
    const block = new Uint8Array(2 * count);
    for (let i = 0; i < block.length; i += 2) block[i] = field * 8 + 2;
    return new MessageWriter().whole(1, 7).text(2, '').block(7, block).toBytes();
  };
  const tensorOf = (dtype: number, field: number, count: number): Uint8Array =>
    withTensor((t) => t.whole(1, count).whole(2, dtype).block(field, new Uint8Array(count)));

  test.each([
    ['a million empty nodes', () => many(1, 1_000_000)],
    ['a million empty inputs', () => many(11, 1_000_000)],
    ['integers of one byte each that take eight', () => tensorOf(7, 7, 2 ** 23)],
    [
      'a list of millions of numbers',
      () => {
        const attribute = new MessageWriter().text(1, 'axes').block(8, new Uint8Array(2 ** 23));
        return fileWith(new MessageWriter().message(1, new MessageWriter().text(4, 'Slice').message(5, attribute)));
      },
    ],
  ])('%s', async (_, build) => {
    await expectRefusal(() => readTensors(build()), DataError, 'about as large');
  });

  test('a constant that is joined with itself time and again', async () => {
    const file = fileOf((graph) => {
      let name = graph.weight('W', new Tensor(new Float32Array(1024).fill(1), [1, 4, 256]));
      for (let i = 0; i < 40; i++) name = graph.node('Concat', [name, name], { axis: 1 });
      graph.input('x', 1, null);
      graph.rename(graph.node('RNN', ['x', name, name]), 'y');
      graph.output('y', 1, null);
    });
    await expectRefusal(() => importLayers(file), KeepgateError, 'put in another order');
  });

  test('a chain of twenty thousand nodes', async () => {
    const file = fileOf((graph: GraphBuilder) => {
      let name = graph.weight('W', new Tensor(new Float32Array(4), [1, 2, 2]));
      for (let i = 0; i < 20_000; i++) name = graph.node('Identity', [name]);
      graph.input('x', 1, null);
      graph.rename(graph.node('RNN', ['x', name, name]), 'y');
      graph.output('y', 1, null);
    });
    await expectRefusal(() => importLayers(file), KeepgateError, 'W of constants');
  });
});

test('a config that somebody made is refused with a typed error', async () => {
  const read = await readTensors(goldenOnnx('gru.onnx'));
  for (const config of [
    undefined,
    {},
    { graph: 1 },
    { graph: { nodes: [{}] } },
    { graph: { inputs: [], outputs: [], initializers: {}, nodes: [{ op: 1 }] } },
  ]) {
    await expectRefusal(
      () => importLayers({ ...read, config: config as never }),
      DataError,
      'the config that readTensors gives',
    );
  }
});
