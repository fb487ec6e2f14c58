import type { GraphBuilder } from './graph-builder.ts';

/** The valid steps of the samples of a graph, as its nodes want them. */
export class Lengths {
  readonly #graph: GraphBuilder;
  /** [B] of int32, if the graph is told them. */
  readonly given: string | undefined;
  #whole: string | undefined;
  #live: string | undefined;

  constructor(graph: GraphBuilder, given: string | undefined) {
    this.#graph = graph;
    this.given = given;
  }

  /** [B] of int64; T for each sample where none are given. @param x [T,B,...] */
  wholes(x: string): string {
    this.#whole ??=
      this.given === undefined
        ? this.#graph.node('Expand', [sizeAt(this.#graph, x, 0), sizeAt(this.#graph, x, 1)])
        : this.#graph.node('Cast', [this.given], { to: 7 });
    return this.#whole;
  }

  /** 1 where a step is valid, [T,B,1]; undefined where all are. */
  live(x: string): string | undefined {
    if (this.given === undefined) return undefined;
    const graph = this.#graph;
    if (this.#live !== undefined) return this.#live;
    const time = graph.node('Squeeze', [sizeAt(graph, x, 0), graph.wholes(0)]);
    const steps = graph.node('Range', [graph.wholeNumber(0), time, graph.wholeNumber(1)]);
    const column = graph.node('Unsqueeze', [steps, graph.wholes(1, 2)]);
    const lengths = graph.node('Unsqueeze', [this.wholes(x), graph.wholes(0, 2)]);
    this.#live = graph.node('Cast', [graph.node('Less', [column, lengths])], { to: graph.float });
    return this.#live;
  }

  /** Each sample of x [T,B,N] backwards over its valid part. */
  reversed(x: string): string {
    return this.#graph.node('ReverseSequence', [x, this.wholes(x)], { time_axis: 0, batch_axis: 1 });
  }

  /** Each sample's last valid step of x [T,B,N], as [B,N]; zeros for a sample without steps. */
  last(x: string): string {
    const end = this.#graph.node('Gather', [this.reversed(x), this.#graph.wholeNumber(0)], { axis: 0 });
    return this.ofSome(end, x);
  }

  /** [B,N], with zeros for samples without steps. @param x [T,B,...] */
  ofSome(rows: string, x: string): string {
    const live = this.live(x);
    if (live === undefined) return rows;
    const first = this.#graph.node('Gather', [live, this.#graph.wholeNumber(0)], { axis: 0 });
    const isSome = this.#graph.node('Cast', [first], { to: 9 });
    return this.#graph.node('Where', [isSome, rows, this.#graph.number(0)]);
  }
}

/** The size of an axis, as [1]. */
export function sizeAt(graph: GraphBuilder, x: string, axis: number): string {
  const shape = graph.node('Shape', [x]);
  return graph.node('Slice', [shape, graph.wholes(axis), graph.wholes(axis + 1), graph.wholes(0)]);
}
