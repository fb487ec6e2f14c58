import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tensor } from 'keepgate';
import { GraphBuilder } from '../../src/interop/onnx/nodes/graph-builder.ts';
import { MessageWriter } from '../../src/interop/onnx/protobuf/message-writer.ts';
import { readTensorProto } from '../../src/interop/onnx/graph/tensor-proto.ts';
import { MemoryBudget } from '../../src/interop/onnx/memory-budget.ts';
import { WireReader } from '../../src/interop/onnx/protobuf/wire-reader.ts';
import { ROOT } from './run-script.ts';

const FOLDER = join(ROOT, 'test/golden/onnx');

/** Files that PyTorch exported, what goes in and comes out, and its own weights. */
export const GOLDEN_ONNX: readonly {
  readonly file: string;
  readonly x: number[][][];
  readonly y: number[][][];
  readonly weights: Readonly<Record<string, { readonly shape: number[]; readonly data: number[] }>>;
}[] = JSON.parse(readFileSync(join(FOLDER, 'cases.json'), 'utf8'));

/** A file that PyTorch exported. */
export function goldenOnnx(file: string): Uint8Array {
  return new Uint8Array(readFileSync(join(FOLDER, file)));
}

const SHARED = join(ROOT, '../shared/data/interop');

/** Files of others, where they are at hand. */
export function sharedOnnx(): string[] {
  if (!existsSync(SHARED)) return [];
  return readdirSync(SHARED, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.onnx'));
}

export function sharedBytes(file: string): Uint8Array {
  return new Uint8Array(readFileSync(join(SHARED, file)));
}

/** A tensor that lies in a file of its own, as ONNX' tests have them. */
export function sharedTensor(file: string): Tensor {
  const { shape, data } = readTensorProto(new WireReader(sharedBytes(file), 'a tensor'), new MemoryBudget());
  const bytes = (data as Uint8Array).slice();
  return new Tensor(new Float32Array(bytes.buffer), shape);
}

/** A node to be tried: its weights are initializers of the graph. */
export interface TriedNode {
  readonly op: string;
  /** By their names; `x` is the input of the graph, and '' none. */
  readonly inputs: readonly string[];
  readonly attributes?: Parameters<GraphBuilder['node']>[2];
  readonly weights: Readonly<Record<string, Tensor>>;
  /** Who says to have written the file; 'a test' when left out. */
  readonly producer?: string;
}

/** A file with this node, whose first result is y. */
export function fileWithNode({ op, inputs, attributes = {}, weights, producer }: TriedNode): Uint8Array {
  const graph = new GraphBuilder(1);
  for (const [name, value] of Object.entries(weights)) graph.weight(name, value);
  graph.input('x', 1, ['time', 'batch', 'size']);
  graph.rename(graph.node(op, inputs, attributes), 'y');
  graph.output('y', 1, null);
  return fileWith(graph.toMessage('tried'), producer === undefined ? {} : { producer });
}

/** A file with the graph that is put together. */
export function fileOf(build: (graph: GraphBuilder) => void, opset = 14): Uint8Array {
  const graph = new GraphBuilder(1);
  build(graph);
  return fileWith(graph.toMessage('tried'), { opset });
}

/** A file with a graph, and what files have besides. */
export function fileWith(
  graph: MessageWriter,
  { opset = 14, producer = 'a test' }: { opset?: number; producer?: string } = {},
): Uint8Array {
  const version = new MessageWriter().text(1, '').whole(2, opset);
  return new MessageWriter()
    .whole(1, opset > 14 ? 8 : 7)
    .text(2, producer)
    .message(7, graph)
    .message(8, version)
    .toBytes();
}
