import type { Ops } from '../../engines/ops.ts';
import { OptionError } from '../../errors.ts';
import { expectReplaceable } from '../../interop/folder.ts';
import { frozen } from '../../layers/combinators/frozen.ts';
import { dense } from '../../layers/dense/dense.ts';
import { embedding } from '../../layers/embedding/embedding.ts';
import { bidirectional, gru, lstm, rnn } from '../../layers/recurrent/recurrent-layers.ts';
import { splitScheme } from '../../layers/split-scheme.ts';
import { schemeWarnings } from '../../masks/scheme.ts';
import { parseScheme } from '../../masks/schemes/parse.ts';
import { key } from '../../random/key.ts';
import { scoreInWords, scoresInWords } from '../../report/score-in-words.ts';
import type { PretrainedVectors } from '../../text/vectors/read-vectors.ts';
import type { Callback } from '../../train/callbacks/callback.ts';
import { progressBar } from '../../train/callbacks/progress-bar.ts';
import type { TextClassifierOptions } from '../../train/classifier/text-options.ts';
import { classWeightByNumber } from '../../train/examples/class-weight.ts';
import type { FitOptions } from '../../train/fit-options.ts';
import type { Epoch, History, Scores } from '../../train/history.ts';
import { softmaxCrossEntropy } from '../../train/losses/softmax-cross-entropy.ts';
import { expectMetricNames, metricsOf } from '../../train/metrics/metrics.ts';
import { restoreOptimizer } from '../../train/optimizers/optimizers.ts';
import { theTexts } from '../data/describe-data.ts';
import { expectParts, readParts, type TrainingParts } from '../data/training-parts.ts';
import { withEngine } from '../engine-option.ts';
import type { Interrupt } from '../interrupt.ts';
import { type Output, output } from '../output.ts';
import { trainCode } from '../train-code.ts';
import type { TrainOptions } from '../data/train-options.ts';
import { bestEpoch } from './best-epoch.ts';
import { TrainCheckpoint } from './train-checkpoint.ts';
import { beginReport, type TrainReport } from './train-report.ts';

/** What a training came to on the texts that chose its epoch, and on those that decided nothing, where there are some. */
export interface TrainResult {
  readonly validation: Scores;
  readonly test: Scores | null;
}

/** @param out where lines go; to the terminal when left out */
export async function runTrain(
  path: string,
  options: TrainOptions,
  interrupt: Interrupt,
  out: Output = output(options.json),
): Promise<TrainResult> {
  // What can be wrong with the command shows before any work is done.
  const scheme = parseScheme(options.dropout);
  const layers = layersOf(options, scheme);
  expectMetricNames('train', options.metrics);
  expectParts(options);
  if (options.freezeVectors && options.vectors === undefined)
    throw new OptionError('train: a file of vectors was expected with --freeze-vectors, but none came; give --vectors');
  const { out: dir, resume } = options;
  if (dir === undefined && resume)
    throw new OptionError('train: the folder of a training that was stopped was expected, but none came; give --out');
  if (dir !== undefined) await expectReplaceable(dir);
  const report =
    options.report === undefined ? null : await beginReport(options.report, path, trainCode(path, options));
  const checkpoint = dir === undefined ? null : await TrainCheckpoint.open(dir, options);
  return withEngine(options, async (engine) => {
    for (const warning of schemeWarnings(scheme)) out.warn(warning);
    try {
      return await trainOn(engine, path, layers, options, { out, interrupt, checkpoint, report });
    } catch (error) {
      throw checkpoint ? await checkpoint.explained(error) : error;
    }
  });
}

/** What goes on beside a training. */
interface Beside {
  readonly out: Output;
  readonly interrupt: Interrupt;
  readonly checkpoint: TrainCheckpoint | null;
  readonly report: TrainReport | null;
}

async function trainOn(
  engine: Ops,
  path: string,
  layers: ReturnType<typeof layersOf>,
  options: TrainOptions,
  beside: Beside,
): Promise<TrainResult> {
  const { out, interrupt, checkpoint, report } = beside;
  const parts = await readParts(out, engine, path, layers, options);
  const { classifier, training } = parts;
  const { classes } = classifier;
  const metrics = metricsOf('train', options.metrics, classes);
  const resume = checkpoint?.from(parts.fingerprint) ?? null;
  if (resume) {
    out.line(`going on after step ${resume.updates} and ${resume.history.length} epochs`);
    out.record({ event: 'resume', step: resume.updates, epochs: resume.history.length });
  }

  const started = Date.now();
  const signal = interrupt.listen();
  const history = await classifier.model.fit(training, {
    ...fitOptionsOf(options, classes),
    metrics,
    validation: parts.validation,
    callbacks: [...progress(out, options, parts, started), ...stopping(options, parts), ...callbacksOf(beside)],
    signal,
    ...(resume ? { resume } : {}),
  });
  const kept = tellKept(out, options.metrics[0] as string, history, parts);
  out.line(`scoring the ${training.x.length} texts to train on without dropout`);
  const onTraining = await classifier.model.evaluate(training, { metrics, signal });
  const onTest = parts.test && (await classifier.model.evaluate(parts.test, { metrics, signal }));
  // Nothing that follows hears it: Ctrl-C ends the process again.
  interrupt.release();
  if (options.out !== undefined) {
    const { warnings } = await classifier.save(options.out);
    for (const warning of [...warnings, ...((await checkpoint?.remove()) ?? [])]) out.warn(warning);
  }
  const learnedRates = await classifier.model.learnedRates();
  for (const [site, rate] of Object.entries(learnedRates)) out.line(`learned rate at ${site}: ${rate.toFixed(4)}`);
  const { validation: onValidation } = kept;
  for (const { name } of metrics) out.line(`${name}: ${byPart(name, parts, onTest, onValidation, onTraining)}`);
  if (options.out !== undefined) out.line(`saved to ${options.out}`);
  const seconds = secondsSince(started);
  if (report) out.line(await report.write(parts, { history, training: onTraining, seconds, engine }));
  out.record({
    event: 'result',
    training: onTraining,
    // Where there is one part beside the texts to train on, it is both.
    ...(onTest ? { validation: onValidation, test: onTest } : { test: onValidation }),
    kept: { epoch: kept.epoch, by: history.keptEpoch === undefined ? null : `validation.${options.metrics[0]}` },
    learnedRates,
    seconds,
    saved: options.out ?? null,
    report: report?.file ?? null,
    engine: engine.describe(),
  });
  return { validation: onValidation, test: onTest };
}

function callbacksOf({ out, checkpoint, report }: Beside): Callback[] {
  return [...(checkpoint?.callbacks(out) ?? []), ...(report ? [report.callback] : [])];
}

/** What the options of the command say to `fit`. */
function fitOptionsOf(options: TrainOptions, classes: readonly string[]): FitOptions {
  const { seed, epochs, batchSize, optimizer, learningRate, clipNorm, clipValue, classWeight, sampling } = options;
  return {
    key: key(seed),
    loss: softmaxCrossEntropy(),
    epochs,
    batchSize,
    clipNorm,
    ...(clipValue === undefined ? {} : { clipValue }),
    ...(classWeight === undefined ? {} : { classWeight: classWeightByNumber('train', classWeight, classes) }),
    ...(sampling === undefined ? {} : { sampling }),
    optimizer: restoreOptimizer({ type: optimizer, learningRate }),
  };
}

function stopping({ patience, keep, epochs, metrics }: TrainOptions, { validation }: TrainingParts): Callback[] {
  if (patience === undefined && keep === 'last') return [];
  return [bestEpoch(metrics[0] as string, patience ?? epochs, keep === 'best', validation.y.length)];
}

/** Say which epoch the model has its weights of. @returns its scores, which are those of the weights that there are now */
function tellKept(
  out: Output,
  metric: string,
  { epochs, keptEpoch }: History,
  { names }: TrainingParts,
): { readonly epoch: number; readonly validation: Scores } {
  const { epoch, validation } = epochs[(keptEpoch ?? epochs.length) - 1] as Epoch;
  const why = keptEpoch === undefined ? 'the last' : `the best by ${metric} on ${theTexts(names.validation)}`;
  out.line(`the weights are those of epoch ${epoch} of ${epochs.length}, ${why}`);
  return { epoch, validation: validation as Scores };
}

function byPart(
  metric: string,
  { names }: TrainingParts,
  onTest: Scores | null,
  onValidation: Scores,
  onTraining: Scores,
): string {
  const of = (scores: Scores, part: string): string => `${scoreInWords(metric, scores[metric])} ${part}`;
  const wording = { 'held out': 'held out', 'to validate on': 'in validation', 'to test on': 'in the test' };
  return [
    ...(onTest && names.test ? [of(onTest, wording[names.test])] : []),
    of(onValidation, wording[names.validation]),
    of(onTraining, 'in training'),
  ].join(', ');
}

function layersOf(
  options: TrainOptions,
  dropout: ReturnType<typeof parseScheme>,
): (vectors: PretrainedVectors | null) => TextClassifierOptions['layers'] {
  const { cell: inCell, embedding: inEmbedding } = splitScheme(dropout);
  const cell = { lstm, gru, rnn }[options.cell]({ units: options.units, layers: options.layers, dropout: inCell });
  const recurrent = options.bidirectional ? bidirectional(cell) : cell;
  return (vectors) =>
    ({ vocabulary, classes, unknown }) => {
      const from = vectors ? { units: vectors.units, weights: vectors.weights } : { units: options.embedding };
      const words = embedding({ vocabulary, ...from, dropout: inEmbedding, unknown });
      return [options.freezeVectors ? frozen(words) : words, recurrent, dense({ units: classes })];
    };
}

/** A bar on a terminal; a line after each epoch everywhere. */
function progress(
  out: Output,
  { epochs, json }: TrainOptions,
  { names }: TrainingParts,
  started: number,
): readonly Callback[] {
  const lines: Callback = {
    onEpoch(epoch) {
      out.line(epochLine(epoch, epochs, names.validation === 'held out' ? 'held out' : 'validation', started));
      out.record({ event: 'epoch', ...epoch, seconds: secondsSince(started) });
    },
  };
  return process.stdout.isTTY && !json ? [progressBar({ print: () => {} }), lines] : [lines];
}

function epochLine({ epoch, training, validation }: Epoch, epochs: number, part: string, started: number): string {
  const held = validation ? `, ${part}: ${scoresInWords(validation)}` : '';
  return `epoch ${epoch}/${epochs}: ${scoresInWords(training)}${held} (${secondsSince(started)} s)`;
}

function secondsSince(started: number): number {
  return Math.round((Date.now() - started) / 100) / 10;
}
