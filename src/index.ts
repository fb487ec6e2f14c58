// Cells, kernels and engines
export type * from './cells/cell.ts';
export type { CellName } from './cells/cells.ts';
export { recurrentProduct, recurrentProductGrad } from './cells/recurrent-product.ts';
export { GPU_MODES, type GpuMode } from './engines/gpu/modes.ts';
export { type Algebra, type Kernel, kernel, type Names, type Segments, type Values } from './engines/kernel.ts';
export type * from './engines/ops.ts';
export { createEngine, type EngineName, type EngineOption, type EngineOptions } from './engines/select.ts';
export * from './errors.ts';
export { expectReplaceable } from './interop/folder.ts';
export type { ActivationName } from './layers/dense/activation.ts';
// Layers
export { type DenseOptions, dense } from './layers/dense/dense.ts';
export { type DropoutOptions, dropout } from './layers/dropout/dropout.ts';
export { type EmbeddingOptions, embedding } from './layers/embedding/embedding.ts';
export type * from './layers/layer.ts';
export { type PoolingKind, pooling } from './layers/pooling/pooling.ts';
export * from './layers/recurrent/recurrent.ts';
export * from './layers/recurrent/recurrent-layers.ts';
export { splitScheme } from './layers/split-scheme.ts';
// Masks, schemes and plans
export type { Concrete, Distribution } from './masks/distribution.ts';
export {
  annealed,
  curriculum,
  type Rate,
  type RateSchedule,
  type RateScheduleName,
  type RateScheduleOptions,
} from './masks/dropout-rate.ts';
export { type Extents, Mask } from './masks/mask.ts';
export { type InjectedSite, injectMasks, mean, none, Plan, sample } from './masks/plan.ts';
export * from './masks/scheme.ts';
export { concrete } from './masks/schemes/concrete.ts';
export { embeddingRowDropout } from './masks/schemes/embedding-row-dropout.ts';
export { gaussian } from './masks/schemes/gaussian.ts';
export { lockedDropout } from './masks/schemes/locked-dropout.ts';
export { naive } from './masks/schemes/naive.ts';
export * as papers from './masks/schemes/papers.ts';
export { parseScheme } from './masks/schemes/parse.ts';
export { recurrentDropout } from './masks/schemes/recurrent-dropout.ts';
export { rnnDrop } from './masks/schemes/rnn-drop.ts';
export { stochasticDepth } from './masks/schemes/stochastic-depth.ts';
export { tokenDropout } from './masks/schemes/token-dropout.ts';
export { unknownDropout } from './masks/schemes/unknown-dropout.ts';
export { variational } from './masks/schemes/variational.ts';
export { weightDrop } from './masks/schemes/weight-drop.ts';
export { wordTypeDropout } from './masks/schemes/word-type-dropout.ts';
export { zoneout } from './masks/schemes/zoneout.ts';
export * from './masks/sites.ts';
export { permutation } from './random/draws.ts';
export { fold, type Key, key } from './random/key.ts';
// Reports
export * from './report/calibration.ts';
export * from './report/reliability-plot.ts';
export { formatTable, percent } from './report/table.ts';
export { type Nested, type Numbers, Tensor, type TensorLike, tensor } from './tensor/tensor.ts';
// Text
export * from './text/bucketing.ts';
export * from './text/labelled.ts';
export * from './text/padding.ts';
export type { Column } from './text/readers/find-column.ts';
export { readFolder } from './text/readers/read-folder.ts';
export { type LabelledOptions, readLabelled } from './text/readers/read-labelled.ts';
export { readTable, type TableOptions } from './text/readers/read-table.ts';
export type { Delimiter } from './text/readers/table-rows.ts';
export * from './text/tokenizers/tokenizer.ts';
export { Vocabulary, type VocabularyOptions } from './text/vocabulary.ts';
export * from './train/classifier/text-classifier.ts';
// Training
export type { Examples } from './train/examples.ts';
export type { FitOptions } from './train/fit.ts';
export type { Callback, Epoch, History, Scores } from './train/history.ts';
export { loadModel } from './train/load-model.ts';
export * from './train/losses/losses.ts';
export type { FraternalOptions } from './train/losses/objective.ts';
export { accuracy, argmax, type Metric } from './train/metrics/metrics.ts';
export { type Model, type ModelOptions, sequential } from './train/model.ts';
export type { MonteCarloOptions, Uncertainty } from './train/monte-carlo.ts';
export * from './train/optimizers/optimizers.ts';
// Fixtures
export { type Conformance, conform, expectFixtures, type Fixture } from './verify/conform.ts';
