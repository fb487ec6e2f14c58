import type { LayersOptions, TensorFile } from '../../format.ts';
import type { FileLayers, ImportedLayer, RecurrentFacts, RefusedLayer } from '../../imported/imported-layer.ts';
import { importedRecurrent } from '../../imported/recurrent-from-facts.ts';
import { Refusal } from '../../imported/refusal.ts';
import type { OnnxNode } from '../graph/graph.ts';
import { graphOf } from '../graph/graph-of-config.ts';
import { Constants } from './constants.ts';
import { describedRecurrents } from './described-recurrent.ts';
import { layerName, tensorsBehind } from './layer-name.ts';
import { OPERATORS, type RecurrentOp, recurrentOp } from './recurrent-op.ts';
import { Scope } from './scope.ts';
import { stacksOf, usesOf } from './stacks.ts';
import { type Table, tableOf } from './table-nodes.ts';

/** The layers of a graph, in the order of their work, also those in the graphs of If, Loop and Scan. */
export function layersOfGraph(file: TensorFile, _: LayersOptions): FileLayers {
  const graph = graphOf(file.config);
  const walk = new Walk(file);
  const uses = usesOf(graph);
  for (const scope of new Scope(graph).all()) {
    for (const node of scope.graph.nodes) {
      if (node.domain === '') walk.at(scope, node, uses);
    }
  }
  return walk.found(uses);
}

/** A walk along the nodes of a file. */
class Walk {
  readonly #file: TensorFile;
  readonly #constants: Constants;
  readonly #ops: { readonly op: RecurrentOp; readonly place: number }[] = [];
  /** What is a layer already, and at which node. */
  readonly #layers: { readonly layer: ImportedLayer; readonly place: number }[] = [];
  readonly #refused: RefusedLayer[] = [];
  /** Layers that the file tells of, by the names of their tensors. */
  readonly #described = new Map<string, ImportedLayer>();
  readonly #names = new Set<string>();
  #place = 0;

  constructor(file: TensorFile) {
    this.#file = file;
    this.#constants = new Constants(file.tensors);
    for (const { name, facts, weights, notes, tensors } of describedRecurrents(file)) {
      const layer = importedRecurrent(this.#free(name), facts, weights, notes);
      for (const tensor of tensors) this.#described.set(tensor, layer);
    }
  }

  at(scope: Scope, node: OnnxNode, uses: ReadonlyMap<string, number>): void {
    this.#place += 1;
    const behind = tensorsBehind(scope, node);
    const described = behind.map((name) => this.#described.get(name)).find((layer) => layer !== undefined);
    if (described) {
      for (const name of behind) this.#constants.used.add(name);
      if (!this.#layers.some(({ layer }) => layer === described))
        this.#layers.push({ layer: described, place: this.#place });
      return;
    }
    try {
      if (Object.hasOwn(OPERATORS, node.op)) {
        this.#ops.push({ op: recurrentOp(scope, node, this.#constants), place: this.#place });
        return;
      }
      const table: Table | undefined = tableOf(scope, node, uses, this.#constants);
      if (!table) return;
      this.#layers.push({ layer: { ...table, name: this.#nameOf(node, behind) }, place: this.#place });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#refused.push({ name: this.#nameOf(node, behind), reason: error.message });
    }
  }

  found(uses: ReadonlyMap<string, number>): FileLayers {
    const places = new Map(this.#ops.map(({ op, place }) => [op, place]));
    const stacks = stacksOf(
      this.#ops.map(({ op }) => op),
      uses,
      this.#constants,
    ).map(({ ops, facts, weights }) => {
      const [first] = ops;
      const name = this.#nameOf(first.node, tensorsBehind(first.scope, first.node));
      const notes = [...new Set([...ops.flatMap((op) => op.notes), ...this.#doubts(facts)])];
      return { layer: importedRecurrent(name, facts, weights, notes), place: places.get(first) as number };
    });
    const layers = [...this.#layers, ...stacks].sort((a, b) => a.place - b.place).map(({ layer }) => layer);
    const others = Object.keys(this.#file.tensors).filter((name) => !this.#constants.used.has(name));
    return { layers, refused: this.#refused, others };
  }

  #nameOf(node: OnnxNode, behind: readonly string[]): string {
    return this.#free(layerName(node, behind));
  }

  /** PyTorch's GRU resets after the product, and an exporter of it left that out; without biases both are the same. */
  #doubts({ cell, resetAfter, bias }: RecurrentFacts): readonly string[] {
    const { producer } = Object(this.#file.config) as { producer?: unknown };
    const isDoubtful = cell === 'gru' && resetAfter === false && bias && /torch/i.test(String(producer ?? ''));
    return isDoubtful
      ? [
          'linear_before_reset is 0, and a GRU of PyTorch is of 1: if it was exported by an exporter that leaves it out, its numbers are others there',
        ]
      : [];
  }

  /** A name that no other layer has. */
  #free(wanted: string): string {
    let free = wanted;
    for (let n = 2; this.#names.has(free); n++) free = `${wanted}#${n}`;
    this.#names.add(free);
    return free;
  }
}
