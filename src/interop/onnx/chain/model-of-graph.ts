import type { TensorFile } from '../../format.ts';
import type { FileModel } from '../../imported/file-model.ts';
import { graphOf } from '../graph/graph-of-config.ts';
import { describedModel } from './described-model.ts';
import { walkedModel } from './graph-walk.ts';

/** The model of a graph: what this package says of its own, or a chain of nodes that are layers. */
export function modelOfGraph(file: TensorFile): FileModel {
  const graph = graphOf(file.config);
  return describedModel(file, graph) ?? walkedModel(file, graph);
}
