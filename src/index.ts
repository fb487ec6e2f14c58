/**
 * The public names, each on purpose. What is not here, or in the other entries of package.json, is internal and changes
 * without notice.
 * @module keepgate
 */

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
export {
  type MaskRule,
  type ResolvedScheme,
  resolveScheme,
  type Scheme,
  type SchemeLike,
  schemeWarnings,
  type SiteDropout,
  type SiteRule,
  sharedAcrossBatch,
  sharedAcrossLayers,
} from './masks/scheme.ts';
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
export type { ZoneRates } from './masks/schemes/zone-sites.ts';
export { zoneout } from './masks/schemes/zoneout.ts';
export {
  type CellSite,
  type DistributionName,
  type EmbeddingSite,
  isSite,
  type Scaling,
  type Scope,
  type SharedAxis,
  SITES,
  type Site,
  type SiteTraits,
} from './masks/sites.ts';

// Randomness and numbers
export { type CategoricalOptions, categorical } from './random/categorical.ts';
export { normal, permutation, uniform } from './random/draws.ts';
export { fold, type Key, key } from './random/key.ts';
export { type Nested, Tensor, type TensorLike, tensor } from './tensor/tensor.ts';
export type { Numbers, WideIntegers } from './tensor/typed-arrays.ts';

// One recurrent layer in your own code
export type { LengthsLike } from './layers/recurrent/lengths.ts';
export {
  type ForwardOptions,
  Recurrent,
  type RecurrentConfig,
  type RecurrentOptions,
  recurrent,
} from './layers/recurrent/recurrent.ts';
export type { RecurrentGrads, RecurrentOutputGrads, RecurrentRun } from './layers/recurrent/recurrent-run.ts';
export type { RecurrentState, StateLike } from './layers/recurrent/recurrent-state.ts';
export type { WeightsLike } from './layers/recurrent/recurrent-weights.ts';

// Layers of models
export type { ElementwiseActivation } from './cells/activations.ts';
export type { ActivationName } from './layers/dense/activation.ts';
export { type AttentionOptions, attention } from './layers/attention/attention.ts';
export type { AttentionKind } from './layers/attention/attention-scores.ts';
export { concatenate } from './layers/combinators/concatenate.ts';
export { frozen } from './layers/combinators/frozen.ts';
export { heads } from './layers/combinators/heads.ts';
export { inputs } from './layers/combinators/inputs.ts';
export { type HighwayOptions, highway } from './layers/combinators/skip/highway.ts';
export { type ResidualOptions, residual } from './layers/combinators/skip/residual.ts';
export { timeDistributed } from './layers/combinators/time-distributed.ts';
export { type Conv1dOptions, conv1d } from './layers/convolution/conv1d.ts';
export { type Conv2dOptions, conv2d } from './layers/convolution/conv2d.ts';
export { type MaxPool2dOptions, maxPool2d } from './layers/convolution/max-pool2d.ts';
export { averagePool1d, maxPool1d, type Pool1dOptions } from './layers/convolution/pool1d.ts';
export type { WindowPadding } from './layers/convolution/windows.ts';
export { type DenseOptions, dense } from './layers/dense/dense.ts';
export { type DropoutOptions, dropout } from './layers/dropout/dropout.ts';
export { type EmbeddingOptions, embedding } from './layers/embedding/embedding.ts';
export { type BatchNormOptions, batchNorm } from './layers/normalisation/batch-norm.ts';
export { type LayerNormOptions, layerNorm } from './layers/normalisation/layer-norm.ts';
export { type AllStepsOptions, allSteps } from './layers/pooling/all-steps.ts';
export { type PoolingKind, pooling } from './layers/pooling/pooling.ts';
export type { ActivationRegularization } from './layers/recurrent/activation-regularization.ts';
export {
  bidirectional,
  type GatedLayerOptions,
  type GruLayerOptions,
  gru,
  lstm,
  type RecurrentLayer,
  type RecurrentLayerOptions,
  rnn,
} from './layers/recurrent/recurrent-layers.ts';
export { flatten } from './layers/shapes/flatten.ts';
export { type ReshapeOptions, reshape } from './layers/shapes/reshape.ts';
export { lastStates } from './layers/steps/last-states.ts';
export { type AdaptiveSoftmaxOptions, adaptiveSoftmax } from './layers/softmax/adaptive-softmax.ts';
export type { ClassTargets } from './layers/softmax/class-targets.ts';
export type { ClassDistribution } from './layers/softmax/draw-classes.ts';
export { type SampledSoftmaxOptions, sampledSoftmax } from './layers/softmax/sampled-softmax.ts';
export { encoderDecoder, type EncoderDecoderOptions } from './layers/sequences/encoder-decoder.ts';
export { type Decoded, type DecodeOptions, decode } from './train/prediction/decode-targets.ts';
export { teacherForcing } from './text/teacher-forcing.ts';
export { repeatVector } from './layers/steps/repeat-vector.ts';
export { reverse } from './layers/steps/reverse.ts';
export { splitScheme } from './layers/split-scheme.ts';

// Layers of your own
export type { AnyMaker, Config, Configured, Definition, Maker, Restore } from './define.ts';
export {
  atStepsOf,
  type Batch,
  defineLayer,
  type InputSpec,
  type Layer,
  type LayerContext,
  type LayerMaker,
  type LayerRun,
  type LayerWeights,
  onePerSample,
  type StateShape,
  type StepsAt,
} from './layers/layer.ts';
export type { InputSignatureLike, Kind, Signature, SignatureLike, Signatures } from './layers/signature.ts';
export type { WeightKind, WeightSpec } from './layers/weight-spec.ts';

// Models
export type { GivenWeights, WeightsReport } from './train/model/given-weights.ts';
export { type LoadOptions, loadModel, modelFromFiles } from './train/model/load-model.ts';
export { type Model, sequential } from './train/model/model.ts';
export type { EvaluateOptions, ModelOptions, PredictOptions } from './train/model/model-options.ts';
export type { MonteCarloOptions, Uncertainty } from './train/prediction/monte-carlo.ts';
export type { ModelState, ModelStateLike } from './train/carried-state.ts';
export type { Predicted, PredictionsAndState } from './train/prediction/read-predictions.ts';
export type { ModelStream } from './train/prediction/stream.ts';

// Training
export type { Callback, RunBegin, StepProgress, TrainingRun } from './train/callbacks/callback.ts';
export { type CheckpointOptions, checkpoint } from './train/callbacks/checkpoint.ts';
export { type ProgressBarOptions, progressBar } from './train/callbacks/progress-bar.ts';
export { type EarlyStoppingOptions, earlyStopping } from './train/callbacks/early-stopping.ts';
export { runFromFiles, runToFiles } from './train/checkpoints/run-files.ts';
export type {
  AnyExample,
  AnyExamples,
  Example,
  Examples,
  ExamplesLike,
  InputsByName,
  InputsLike,
  TargetsByName,
  TargetsLike,
} from './train/examples/examples.ts';
export type { Continuation, ContinuationOptions } from './train/sources/continuation.ts';
export type { ExampleSequence, ExampleStream } from './train/sources/example-stream.ts';
export type { Streaming, StreamingOptions } from './train/sources/streamed.ts';
export type { Samples } from './train/examples/samples.ts';
export type { Targets } from './train/examples/targets.ts';
export type { StopSignal } from './engines/give-way.ts';
export type { Epoch, EpochUpdates, History, RunningAverages, Scores, UpdatesSoFar } from './train/history.ts';
export { defineLoss, type HeadLoss, type Loss, type Target, type TargetWeights } from './train/losses/loss.ts';
export type { LossByHead } from './train/losses/loss-by-head.ts';
export type { MetricsLike } from './train/metrics/metrics.ts';
export { type BinaryCrossEntropyOptions, binaryCrossEntropy } from './train/losses/binary-cross-entropy.ts';
export type { ValueLossOptions } from './train/losses/elementwise-loss.ts';
export { meanSquaredError } from './train/losses/mean-squared-error.ts';
export { meanAbsoluteError } from './train/losses/mean-absolute-error.ts';
export { type HuberOptions, huber } from './train/losses/huber.ts';
export { type SoftmaxCrossEntropyOptions, softmaxCrossEntropy } from './train/losses/softmax-cross-entropy.ts';
export type { ClassWeight, ClassWeightByHead } from './train/examples/class-weight.ts';
export { type TimeseriesExamples, type TimeseriesOptions, timeseries } from './train/examples/timeseries.ts';
export {
  type ComparedRun,
  type ComparedScore,
  type CompareOptions,
  type Comparison,
  compareSchemes,
  type SchemeDifference,
} from './train/comparison/compare-schemes.ts';
export { type CrossValidateOptions, type CrossValidation, crossValidate } from './train/comparison/cross-validate.ts';
export type { Dataset } from './train/comparison/dataset.ts';
export type { Spread } from './train/comparison/spread.ts';
export { type Fold, type FoldOptions, stratifiedKFold } from './train/comparison/stratified-k-fold.ts';
export type { FraternalOptions } from './train/losses/objective.ts';
export { accuracy, argmax, topK } from './train/metrics/accuracy.ts';
export { auc } from './train/metrics/auc.ts';
export { type ByClassOptions, f1, precision, recall } from './train/metrics/by-class.ts';
export { classificationReport } from './train/metrics/classification-report.ts';
export { confusionMatrix } from './train/metrics/confusion-matrix.ts';
export { bitsPerCharacter, perplexity } from './train/metrics/likelihood.ts';
export type { Metric, MetricTotal, Predictions } from './train/metrics/metric.ts';
export { meanAbsoluteErrorMetric, r2, rootMeanSquaredError } from './train/metrics/regression.ts';
export { type AdamOptions, type AdamWOptions, adam, adamW } from './train/optimizers/adam.ts';
export { defineOptimizer, type Optimizer, type UpdateContext } from './train/optimizers/optimizer.ts';
export { type SgdOptions, sgd } from './train/optimizers/sgd.ts';
export { type RmspropOptions, rmsprop } from './train/optimizers/rmsprop.ts';
export type { Averaging } from './train/averaging/averaging.ts';
export { type NtAsgdOptions, ntAsgd } from './train/averaging/nt-asgd.ts';
export { type SwaOptions, swa } from './train/averaging/swa.ts';
export { type AdagradOptions, adagrad } from './train/optimizers/adagrad.ts';
export { type NadamOptions, nadam } from './train/optimizers/nadam.ts';
export { type RadamOptions, radam } from './train/optimizers/radam.ts';
export type { ByKind, Regularization, RegularizationByKind } from './train/optimizers/regularization.ts';
export { type FitOptions, fitOptions, type OwnMakers } from './train/fit-options.ts';
export type { KeptWeights, RunSpec, RunState } from './train/checkpoints/run-state.ts';
export { type ExponentialDecayOptions, exponentialDecay } from './train/schedules/exponential-decay.ts';
export { type StepDecayOptions, stepDecay } from './train/schedules/step-decay.ts';
export { type CosineDecayOptions, cosineDecay } from './train/schedules/cosine-decay.ts';
export { type LinearWarmUpOptions, linearWarmUp } from './train/schedules/linear-warm-up.ts';
export { type OneCycleOptions, oneCycle } from './train/schedules/one-cycle.ts';
export { type ReduceOnPlateauOptions, reduceOnPlateau } from './train/schedules/reduce-on-plateau.ts';
export {
  defineSchedule,
  type LearningRate,
  type LearningRateSchedule,
  type ScheduleTime,
  type ScheduleUnit,
} from './train/schedules/learning-rate-schedule.ts';
export type { DrawnPlan } from './train/pass.ts';
export type { Trainer } from './train/trainer.ts';

// Texts
export {
  type EncodedTexts,
  TextClassifier,
  type TextFitOptions,
  type TextPrediction,
} from './train/classifier/text-classifier.ts';
export type { TextClassifierOptions, TextLoadOptions, TextSizes } from './train/classifier/text-options.ts';
export {
  type Augmentation,
  type AugmentationOptions,
  bigramNoising,
  type NoisingOptions,
  tokenDeletion,
  tokenSwap,
  unigramNoising,
} from './text/augmentation.ts';
export { type BatchifyOptions, batchify, type LanguageModelRows } from './text/batchify.ts';
export type { WeightedTexts } from './train/classifier/weighted-texts.ts';
export { lengthBuckets } from './text/bucketing.ts';
export { classesOf, deduplicate, type LabelledTexts, split } from './text/labelled.ts';
export { type PaddedTokens, padTokens } from './text/padding.ts';
export type { Column } from './text/readers/find-column.ts';
export { readFolder } from './text/readers/read-folder.ts';
export { type LabelledOptions, type LabelledText, readLabelled, streamLabelled } from './text/readers/read-labelled.ts';
export { type ReadOptions, readTable, type TableOptions } from './text/readers/read-table.ts';
export type { Delimiter } from './text/readers/table-form.ts';
export type { BpeAlphabet } from './text/tokenizers/bpe-pieces.ts';
export { type BpeTokenizerOptions, bpeTokenizer } from './text/tokenizers/bpe-tokenizer.ts';
export {
  type HuggingFaceOptions,
  type HuggingFaceTokenizer,
  huggingFaceTokenizer,
  type TokenizersLibrary,
} from './text/tokenizers/hugging-face-tokenizer.ts';
export { type KerasTokenizerOptions, kerasTokenizer } from './text/tokenizers/keras-tokenizer.ts';
export {
  charTokenizer,
  type Tokenizer,
  type TokenizerOptions,
  tokenizer,
  type WordRules,
  type WordTokenizerOptions,
  wordTokenizer,
} from './text/tokenizers/tokenizer.ts';
export { type NgramRange, type NgramTokenizerOptions, ngramTokenizer } from './text/tokenizers/ngram-tokenizer.ts';
export { type TrainBpeOptions, trainBpe } from './text/tokenizers/train-bpe.ts';
export { type PretrainedVectors, type ReadVectorsOptions, readVectors } from './text/vectors/read-vectors.ts';
export type { VectorsSource } from './text/vectors/vector-bytes.ts';
export { Vocabulary, type VocabularyOptions } from './text/vocabulary.ts';

// Reports
export { type ReportOptions, type RunResult, renderReport, report } from './report/html-report.ts';
export type { DataFactsOptions, PartOptions } from './report/run/data-facts.ts';
export type { EvaluationOptions } from './report/run/evaluation-facts.ts';
export { type ReportData, type ReportedData, type ReportedOrigin, readReport } from './report/run/report-data.ts';
export type {
  ReportEpoch,
  ReportLayer,
  ReportMask,
  ReportRun,
  ReportScores,
  ReportUpdates,
} from './report/run/report-data.ts';
export type { ReportCalibration, ReportEvaluation, ReportMistake, ReportPart } from './report/run/report-data.ts';
export {
  type Calibration,
  type CalibrationBin,
  type CalibrationOptions,
  calibration,
} from './report/calibration.ts';
export type { ChartLibrary } from './report/charts/chart-library.ts';
export { type ReliabilityPlotOptions, reliabilityPlot } from './report/reliability-plot.ts';
export { formatTable, percent } from './report/table.ts';

// Cells of your own, kernels and engines
export type {
  BackwardStep,
  Cell,
  CellVector,
  ForwardStep,
  RecurrentProduct,
  State,
  StepContext,
  StepGrads,
  StepResult,
} from './cells/cell.ts';
export type { CellName, Normalization } from './cells/cells.ts';
export type { Normalised, NormalisedRows, RowVectors, StepOfLoop } from './cells/normalised/normalised-rows.ts';
export { recurrentProduct, recurrentProductGrad } from './cells/recurrent-product.ts';
export type { GpuOptions } from './engines/gpu/create.ts';
export { GPU_MODES, type GpuMode } from './engines/gpu/device/modes.ts';
export { type Algebra, type Kernel, kernel, type Names, type Segments, type Values } from './engines/kernel.ts';
export type { Handle, Indices, Loop, MemoryScope, Ops, ProductTerms, Shape, Steps } from './engines/ops.ts';
export type { Factor, FactorStrides, Factors, FactorUse, KernelArgs } from './engines/ops.ts';
export type { WideOption } from './engines/simd/wide-asked.ts';
export { createEngine, type EngineName, type EngineOption, type EngineOptions } from './engines/select.ts';
export type { SimdOptions } from './engines/simd/engine.ts';
export { type Conformance, conform, expectFixtures, type Fixture } from './verify/conform.ts';

// Files and errors
export { AbortError, DivergedError, EngineError, KeepgateError, ModelError } from './errors.ts';
export { DataError, OptionError, RateError, ShapeError, SiteError } from './errors.ts';
export { expectReplaceable } from './interop/folder.ts';
export type { FilesLike } from './interop/given-files.ts';
export type { Files, Storage, WriteReport } from './interop/storage.ts';
