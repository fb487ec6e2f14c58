import { ModelError } from '../../../errors.ts';
import { kindOf, rowSize, type Signature } from '../../../layers/signature.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { MessageWriter } from '../protobuf/message-writer.ts';
import { activated } from '../nodes/activated.ts';
import { expectation, type FactorsOf, maskInputs } from './mask-factors.ts';
import { DTYPE, GraphBuilder } from '../nodes/graph-builder.ts';
import { type Flow, normalised, pooled, timesFactor } from '../nodes/layer-nodes.ts';
import { recurrentNodes } from '../nodes/recurrent-nodes.ts';
import { Lengths } from '../nodes/sequences.ts';
import { rowSizes, type Stage, widthAfter } from './stages.ts';

/** What is written. */
export interface OnnxModel {
  readonly stages: readonly Stage[];
  readonly input: Signature;
  /** What becomes of the last result. */
  readonly link: 'linear' | 'sigmoid' | 'softmax';
  /** How many updates made the weights: schedules of rates count in them. */
  readonly updates: number;
  /** Whether masks are inputs; else their expectations are in the graph. */
  readonly masks: boolean;
  /** Whether lengths are an input. */
  readonly lengths: boolean;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The first opset in which all operators are that are written, and its version of the format. */
const [OPSET, IR_VERSION] = [14, 7];

/** A model of ONNX. Inputs and results are batch-first: x [B,T,I] or [B,N], or ids [B,T]; y. */
export function writeOnnx(model: OnnxModel): Uint8Array {
  const isWide = model.stages.some((stage) => weightsOf(stage).some(({ data }) => data instanceof Float64Array));
  const graph = new GraphBuilder(isWide ? DTYPE.float64 : DTYPE.float32);
  const writer = new StageWriter(graph, model);
  for (const stage of model.stages) writer.write(stage);
  writer.finish(model.link);
  const file = new MessageWriter()
    .whole(1, IR_VERSION)
    .text(2, 'keepgate')
    .message(7, graph.toMessage('keepgate'))
    .message(8, new MessageWriter().text(1, '').whole(2, OPSET));
  for (const [name, value] of Object.entries(model.metadata)) {
    file.message(14, new MessageWriter().text(1, name).text(2, value));
  }
  return file.toBytes();
}

function weightsOf(stage: Stage): readonly Tensor[] {
  if (stage.kind === 'recurrent') return Object.values(stage.weights);
  if (stage.kind === 'embedding') return [stage.weight];
  return stage.kind === 'dense' || stage.kind === 'normalisation' ? [stage.weight, stage.bias] : [];
}

/** Writes one stage after the other, each on what the one before handed on. */
class StageWriter {
  readonly #graph: GraphBuilder;
  readonly #lengths: Lengths;
  readonly #factorsOf: (layer: number | undefined) => FactorsOf;
  #flow: Flow;
  /** The size of a row. */
  #width: number;

  constructor(graph: GraphBuilder, { input, masks, lengths, updates, stages }: OnnxModel) {
    this.#graph = graph;
    this.#factorsOf = masks ? maskInputs(graph) : expectation(updates);
    const kind = kindOf(input);
    const sizes = kind === 'vector' ? ['batch'] : ['batch', 'time'];
    this.#width = kind === 'tokens' ? 0 : rowSize('exportModel', input);
    const name =
      kind === 'tokens'
        ? graph.input('ids', DTYPE.int64, sizes)
        : graph.input('x', graph.float, [...sizes, this.#width]);
    // Ids of padding are no steps: who has them says where samples end.
    const isRagged = lengths || stages.some((stage) => stage.kind === 'embedding' && stage.padding !== undefined);
    if (isRagged && kind === 'vector') {
      throw new ModelError('exportModel: a sequence was expected for lengths, but a vector came; leave them out');
    }
    this.#lengths = new Lengths(graph, isRagged ? graph.input('lengths', DTYPE.int32, ['batch']) : undefined);
    const value = kind === 'sequence' ? graph.node('Transpose', [name], { perm: [1, 0, 2] }) : name;
    this.#flow = { value, over: kind === 'vector' ? 'batch' : 'time' };
  }

  write(stage: Stage): void {
    const graph = this.#graph;
    const { value, over } = this.#flow;
    const prefix = stage.layer === undefined ? '' : `${stage.layer}.`;
    if (stage.kind === 'recurrent') {
      const run = recurrentNodes(graph, stage, value, this.#lengths, this.#factorsOf(stage.layer));
      this.#flow = stage.returnSequences ? { value: run.y, over } : { value: run.last(), over: 'batch' };
    } else if (stage.kind === 'embedding') {
      this.#embed(stage, prefix);
    } else if (stage.kind === 'dense') {
      const w = graph.node('Transpose', [graph.weight(`${prefix}weight`, stage.weight)], { perm: [1, 0] });
      const sums = graph.node('Add', [graph.node('MatMul', [value, w]), graph.weight(`${prefix}bias`, stage.bias)]);
      this.#flow = { value: activated(graph, sums, stage.activation), over };
    } else if (stage.kind === 'normalisation') {
      this.#flow = { value: normalised(graph, value, prefix, stage), over };
    } else if (stage.kind === 'dropout') {
      const { output } = this.#factorsOf(stage.layer)(stage.rules, 'output', rowSizes(this.#width));
      this.#flow = { value: timesFactor(graph, this.#flow, output), over };
    } else {
      this.#flow = { value: pooled(graph, value, stage.over, this.#lengths), over: 'batch' };
    }
    this.#width = widthAfter(stage, this.#width);
  }

  finish(link: OnnxModel['link']): void {
    const value = activated(this.#graph, this.#flow.value, link);
    const isSequence = this.#flow.over === 'time';
    this.#graph.rename(isSequence ? this.#graph.node('Transpose', [value], { perm: [1, 0, 2] }) : value, 'y');
    this.#graph.output('y', this.#graph.float, [...(isSequence ? ['batch', 'time'] : ['batch']), this.#width]);
  }

  #embed({ rules, weight, unknown, layer }: Stage & { readonly kind: 'embedding' }, prefix: string): void {
    const graph = this.#graph;
    const sizes = rowSizes(weight.shape[1] ?? 0);
    const { unknown: replaced, ...sites } = this.#factorsOf(layer)(rules, 'embedding', sizes);
    const ids = replaced?.input === undefined ? this.#flow.value : this.#replaced(replaced.input, unknown ?? 0);
    const rows = graph.node('Gather', [graph.weight(`${prefix}weight`, weight), ids], { axis: 0 });
    let value = graph.node('Transpose', [rows], { perm: [1, 0, 2] });
    for (const factor of Object.values(sites)) value = timesFactor(graph, { value, over: 'time' }, factor);
    this.#flow = { value, over: 'time' };
  }

  /** The ids with the unknown one wherever a mask [B,T,1] drops. */
  #replaced(mask: string, unknown: number): string {
    const graph = this.#graph;
    const kept = graph.node('Cast', [graph.node('Squeeze', [mask, graph.wholes(2)])], { to: DTYPE.bool });
    return graph.node('Where', [kept, this.#flow.value, graph.wholeNumber(unknown)]);
  }
}
