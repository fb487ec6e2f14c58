import { DataError, show } from '../../errors.ts';
import { extentsOf } from '../../layers/recurrent/recurrent-shape.ts';
import type { OnnxConfig, OnnxNode } from '../../interop/onnx/graph/graph.ts';
import type { ImportedRecurrent } from '../../interop/imported/imported-layer.ts';
import { maskName } from '../../interop/onnx/written/mask-factors.ts';
import { maskTensor } from '../../interop/onnx/written/mask-tensor.ts';
import { inOrder, operatorOf } from '../../interop/onnx/nodes/recurrent-nodes.ts';
import { initializersAsInputs } from '../../interop/onnx/written/initializers-as-inputs.ts';
import { cellOf } from '../../cells/cells.ts';
import { sampleLane } from '../../masks/lane-plan.ts';
import { mean } from '../../masks/plan.ts';
import { resolveScheme, type SchemeLike, type SiteRule } from '../../masks/scheme.ts';
import { key } from '../../random/key.ts';
import { laneNames, WEIGHT_NAMES } from '../../sequence/lanes.ts';
import { Tensor, tensor } from '../../tensor/tensor.ts';
import type { SubjectCall, SubjectWeights } from '../subject.ts';
import { type OnnxRuntime, type OnnxSession, onnxRuntime, QUIET } from './runtime.ts';

/** How a graph takes its sequences, and gives them. */
interface Layout {
  readonly input: string;
  readonly output: string;
  readonly timeMajor: boolean;
  readonly lengths: string | undefined;
}

/** Runs the graph of a file with other weights: its own are inputs then, as a new session for each would take most of the time. */
export class GraphRunner {
  readonly #runtime: OnnxRuntime;
  readonly #config: OnnxConfig;
  readonly #layer: ImportedRecurrent;
  readonly #rules: readonly SiteRule[];
  readonly #layout: Layout;
  readonly #isWide: boolean;
  readonly #names: WeightNames;
  readonly #session: Promise<OnnxSession>;
  #weights: Readonly<Record<string, Tensor>> = {};

  static async open(
    file: Uint8Array,
    config: OnnxConfig,
    layer: ImportedRecurrent,
    scheme: SchemeLike,
  ): Promise<GraphRunner> {
    return new GraphRunner(await onnxRuntime(), file, config, layer, resolveScheme(scheme));
  }

  private constructor(
    runtime: OnnxRuntime,
    file: Uint8Array,
    config: OnnxConfig,
    layer: ImportedRecurrent,
    rules: readonly SiteRule[],
  ) {
    this.#runtime = runtime;
    this.#config = config;
    this.#layer = layer;
    this.#rules = rules;
    this.#layout = layoutOf(config, this.#maskNames());
    this.#isWide = Object.values(layer.weights).some(({ data }) => data instanceof Float64Array);
    this.#names = this.#weightNames();
    this.#session = runtime.InferenceSession.create(initializersAsInputs(file, this.#names.all), QUIET);
  }

  setWeights(lanes: readonly SubjectWeights[]): void {
    this.#weights = this.#names.of(lanes.map((lane) => this.#tensorsOf(lane)));
  }

  async forward(x: number[][][], call: SubjectCall): Promise<number[][][]> {
    const { lengths } = call;
    const time = x[0]?.length ?? 0;
    if (!lengths || lengths.every((length) => length === time) || this.#layout.lengths !== undefined) {
      return this.#run(x, call);
    }
    if (this.#maskNames().length > 0) {
      throw new DataError(
        'onnxSubject: a graph with an input for lengths was expected, but it has none; export it with { lengths: true }',
      );
    }
    // Of a graph that knows no lengths, each sample by itself is what it makes of one that ends earlier.
    const rows: number[][][] = [];
    for (const [i, sequence] of x.entries()) {
      const length = lengths[i] ?? time;
      const [y = []] =
        length === 0 ? [] : await this.#run([sequence.slice(0, length)], { training: call.training, seed: call.seed });
      const zeros = new Array((this.#layer.facts.bidirectional ? 2 : 1) * this.#layer.facts.hiddenSize).fill(0);
      rows.push([...y, ...Array.from({ length: time - length }, () => zeros)]);
    }
    return rows;
  }

  async #run(x: number[][][], { training, seed, lengths }: SubjectCall): Promise<number[][][]> {
    const { input, output, timeMajor, lengths: lengthsInput } = this.#layout;
    const [batch, time] = [x.length, x[0]?.length ?? 0];
    const given = tensor(x);
    const feeds = { [input]: this.#feed(timeMajor ? given.swapFirstAxes() : given) };
    if (lengthsInput !== undefined) {
      const steps = Int32Array.from(lengths ?? new Array(batch).fill(time));
      feeds[lengthsInput] = new this.#runtime.Tensor('int32', steps, [batch]);
    }
    for (const [name, weight] of Object.entries(this.#weights)) feeds[name] = this.#feed(weight);
    for (const [name, mask] of this.#masks(training, seed, { batch, time })) feeds[name] = this.#feed(mask);
    const session = await this.#session;
    const { [output]: y } = await session.run(feeds);
    if (!y) throw new DataError(`onnxSubject: an output ${show(output)} was expected, but the graph gave none`);
    return batchFirst(new Tensor(Float64Array.from(y.data), y.dims), timeMajor);
  }

  #masks(
    training: boolean,
    seed: number,
    sizes: { readonly batch: number; readonly time: number },
  ): [string, Tensor][] {
    const { hiddenSize } = this.#layer.facts;
    const cell = cellOf(this.#layer.facts.cell);
    return this.#lanes().flatMap(({ suffix, inputSize }) => {
      const extents = extentsOf(cell, hiddenSize, inputSize, sizes);
      const plan = training ? sampleLane(this.#rules, key(seed), suffix, extents) : mean(this.#rules);
      return this.#rules.map((rule): [string, Tensor] => [
        this.#prefix() + maskName(undefined, rule.site, suffix),
        maskTensor(rule, plan.masks[rule.site], extents, sizes, this.#isWide),
      ]);
    });
  }

  #lanes(): ReturnType<typeof laneNames> {
    const { inputSize, hiddenSize, bidirectional } = this.#layer.facts;
    return laneNames(1, bidirectional ? 2 : 1, inputSize, hiddenSize);
  }

  #maskNames(): readonly string[] {
    return this.#lanes().flatMap(({ suffix }) =>
      this.#rules.map(({ site }) => this.#prefix() + maskName(undefined, site, suffix)),
    );
  }

  /** What stands in front of the names of a layer that is one of a model. */
  #prefix(): string {
    return /^\d+$/.test(this.#layer.name) ? `${this.#layer.name}.` : '';
  }

  #feed(value: Tensor): InstanceType<OnnxRuntime['Tensor']> {
    const flat = value.toFlat();
    return this.#isWide
      ? new this.#runtime.Tensor('float64', flat, value.shape)
      : new this.#runtime.Tensor('float32', Float32Array.from(flat), value.shape);
  }

  #tensorsOf(weights: SubjectWeights): Readonly<Record<keyof SubjectWeights, Tensor>> {
    const made = Object.entries(weights).map(([name, value]) => {
      const all = tensor(value);
      return [name, this.#isWide ? all : new Tensor(Float32Array.from(all.toFlat()), all.shape)] as const;
    });
    return Object.fromEntries(made) as Record<keyof SubjectWeights, Tensor>;
  }

  /** @throws DataError where they are computed of others */
  #weightNames(): WeightNames {
    const { cell, hiddenSize } = this.#layer.facts;
    const { initializers, nodes } = this.#config.graph;
    const { op, places } = operatorOf(cell);
    const node = nodes.find((one) => one.op === op);
    if (!node) {
      const named = this.#lanes().map(({ suffix }) =>
        WEIGHT_NAMES.map((name) => [name, this.#prefix() + name + suffix] as const),
      );
      return {
        all: named.flatMap((lane) => lane.map(([, name]) => name)),
        of: (lanes) =>
          Object.fromEntries(
            named.flatMap((lane, i) => lane.map(([weight, name]) => [name, (lanes[i] as Lane)[weight]])),
          ),
      };
    }
    const [, w = '', r = '', b = ''] = node.inputs;
    const strange = [w, r, b].find((name) => !Object.hasOwn(initializers, name));
    if (strange !== undefined) {
      throw new DataError(
        `onnxSubject: W, R and B as initializers of the graph were expected, but ${strange === '' ? 'no B' : `${show(strange)}, which is computed,`} came; export it with constant folding`,
      );
    }
    const of = (lanes: readonly Lane[], ...names: readonly (keyof SubjectWeights)[]): Tensor =>
      inOrder(
        lanes.map((lane) => names.map((name) => lane[name])),
        places,
        hiddenSize,
      );
    return {
      all: [w, r, b],
      of: (lanes) => ({
        [w]: of(lanes, 'weight_ih'),
        [r]: of(lanes, 'weight_hh'),
        [b]: of(lanes, 'bias_ih', 'bias_hh'),
      }),
    };
  }
}

/** The weights of one direction. */
type Lane = Readonly<Record<keyof SubjectWeights, Tensor>>;

/** The initializers that weights are, and these for given weights. */
interface WeightNames {
  readonly all: readonly string[];
  of(lanes: readonly Lane[]): Readonly<Record<string, Tensor>>;
}

/** @throws DataError unless there is one input for x and one result */
function layoutOf({ graph }: OnnxConfig, masks: readonly string[]): Layout {
  const node = graph.nodes.find(({ op }) => op === 'LSTM' || op === 'GRU' || op === 'RNN');
  const free = graph.inputs.map(({ name }) => name).filter((name) => !Object.hasOwn(graph.initializers, name));
  const lengths = free.find((name) => name === 'lengths' || name === node?.inputs[4]);
  const [input, ...more] = free.filter((name) => name !== lengths && !masks.includes(name));
  const [output] = graph.outputs;
  if (input === undefined || more.length > 0 || !output) {
    throw new DataError(
      `onnxSubject: a graph with one input x was expected, but ${show(free)} came; export the layer alone`,
    );
  }
  return { input, output: output.name, timeMajor: isTimeMajor(node, input), lengths };
}

/** Whether x goes into an operator as it is, and this takes the time first. */
function isTimeMajor(node: OnnxNode | undefined, input: string): boolean {
  return node?.inputs[0] === input && (node.attributes.layout ?? 0) === 0;
}

/** [B][T][D*H] of [T,B,N], [B,T,N], or an operator's own [T,D,B,H] or [B,T,D,H]. */
function batchFirst(y: Tensor, timeMajor: boolean): number[][][] {
  if (y.shape.length === 3) return (timeMajor ? y.swapFirstAxes() : y).toArray();
  const pick = (list: readonly number[]): number[] =>
    (timeMajor ? [2, 0, 1, 3] : [0, 1, 2, 3]).map((axis) => list[axis] as number);
  const all = new Tensor(y.data, pick(y.shape), pick(y.strides));
  return all.toArray<number[][][][]>().map((steps) => steps.map((directions) => directions.flat()));
}
