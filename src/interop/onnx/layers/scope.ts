import { type OnnxGraph, type OnnxNode, graphAttribute } from '../graph/graph.ts';

/** The names that nodes of a graph see: its own, and those of the graphs that it stands in. */
export class Scope {
  readonly graph: OnnxGraph;
  readonly parent: Scope | null;
  readonly #makers = new Map<string, OnnxNode>();
  readonly #inputs: ReadonlySet<string>;

  constructor(graph: OnnxGraph, parent: Scope | null = null) {
    this.graph = graph;
    this.parent = parent;
    this.#inputs = new Set(graph.inputs.map(({ name }) => name));
    for (const node of graph.nodes) for (const output of node.outputs) this.#makers.set(output, node);
  }

  /** What makes a value: a tensor of the file, a node, or somebody who runs the graph. Undefined where nothing does. */
  find(name: string): Found | undefined {
    for (let scope: Scope | null = this; scope; scope = scope.parent) {
      const node = scope.#makers.get(name);
      if (node) return { scope, node };
      if (Object.hasOwn(scope.graph.initializers, name)) {
        return { scope, tensor: scope.graph.initializers[name] as string };
      }
      if (scope.#inputs.has(name)) return { scope, input: name };
    }
    return undefined;
  }

  /** This scope, and those of the graphs in its nodes, in the order of their work. */
  *all(): Generator<Scope> {
    yield this;
    for (const { attributes } of this.graph.nodes) {
      for (const attribute of Object.values(attributes)) {
        const graph = graphAttribute(attribute);
        if (graph) yield* new Scope(graph, this).all();
      }
    }
  }
}

/** Where a value comes from. */
export type Found = { readonly scope: Scope } & (
  | { readonly node: OnnxNode; readonly tensor?: undefined; readonly input?: undefined }
  | { readonly tensor: string; readonly node?: undefined; readonly input?: undefined }
  | { readonly input: string; readonly node?: undefined; readonly tensor?: undefined }
);
