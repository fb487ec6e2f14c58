export type * from './cells/cell.ts';
export type { CellName } from './cells/cells.ts';
export { type Algebra, type Kernel, kernel } from './engines/kernel.ts';
export type { Handle, Indices, Ops } from './engines/ops.ts';
export { createEngine, type EngineName } from './engines/select.ts';
export * from './errors.ts';
export { type DenseOptions, dense } from './layers/dense.ts';
export { type DropoutOptions, dropout } from './layers/dropout.ts';
export { type EmbeddingOptions, embedding } from './layers/embedding.ts';
export type { Layer } from './layers/layer.ts';
export { type PoolingKind, pooling } from './layers/pooling.ts';
export * from './layers/recurrent.ts';
export * from './layers/recurrent-layers.ts';
export { type Extents, Mask } from './masks/mask.ts';
export { type InjectedSite, injectMasks, mean, none, Plan, sample } from './masks/plan.ts';
export {
  resolveScheme,
  type Scaling,
  type Scheme,
  type SchemeLike,
  type Scope,
  type SiteDropout,
  schemeWarnings,
} from './masks/scheme.ts';
export { lockedDropout } from './masks/schemes/locked-dropout.ts';
export { naive } from './masks/schemes/naive.ts';
export { parseScheme } from './masks/schemes/parse.ts';
export { recurrentDropout } from './masks/schemes/recurrent-dropout.ts';
export { rnnDrop } from './masks/schemes/rnn-drop.ts';
export { variational } from './masks/schemes/variational.ts';
export { weightDrop } from './masks/schemes/weight-drop.ts';
export { zoneout } from './masks/schemes/zoneout.ts';
export { SITES, type Site } from './masks/sites.ts';
export { fold, type Key, key } from './random/key.ts';
export { type Nested, Tensor, type TensorLike, tensor } from './tensor/tensor.ts';
