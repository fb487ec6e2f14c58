import type { Stage } from '../../imported/file-model.ts';
import type { OnnxNode } from '../graph/graph.ts';
import type { Constants } from '../layers/constants.ts';
import type { Scope } from '../layers/scope.ts';

/** The first and the second axis of what went in, N units, D directions, and one of size 1 that an axis left. */
export type Axis = 'first' | 'second' | 'N' | 'D' | 'one';

/** What the axes of a value are, in their order. */
export type Axes = readonly Axis[];

/** What flows at a place of the chain. */
export interface Flow {
  readonly name: string;
  readonly axes: Axes;
}

/** A chain while it is walked along. */
export interface Chain {
  readonly scope: Scope;
  readonly constants: Constants;
  readonly uses: ReadonlyMap<string, number>;
  readonly stages: Stage[];
  readonly notes: string[];
  /** Which axis is time; null until a recurrent layer tells. */
  time: 'first' | 'second' | null;
  /** The size of a row behind the last recurrent layer. */
  width: number;
  /** Whether lengths come with x: steps past them are zeros in the graph, and no steps here. */
  isRagged: boolean;
  /** The nodes that take a value, but for those that ask for its shape. */
  consumersOf(name: string): readonly OnnxNode[];
}
