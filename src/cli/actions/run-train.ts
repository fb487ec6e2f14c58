import type { Ops } from '../../engines/ops.ts';
import { expectReplaceable } from '../../interop/folder.ts';
import { dense } from '../../layers/dense/dense.ts';
import { embedding } from '../../layers/embedding/embedding.ts';
import { bidirectional, gru, lstm, rnn } from '../../layers/recurrent/recurrent-layers.ts';
import { splitScheme } from '../../layers/split-scheme.ts';
import { schemeWarnings } from '../../masks/scheme.ts';
import { parseScheme } from '../../masks/schemes/parse.ts';
import { fold, key } from '../../random/key.ts';
import { type EncodedTexts, TokenizedTexts } from '../../text/tokenized-texts.ts';
import { tokenizer } from '../../text/tokenizers/tokenizer.ts';
import type { Callback } from '../../train/callbacks/callback.ts';
import { TextClassifier, type TextClassifierOptions } from '../../train/classifier/text-classifier.ts';
import { type ClassWeight, classWeightByNumber } from '../../train/examples/class-weight.ts';
import type { FitOptions } from '../../train/fit-options.ts';
import type { Epoch, Scores } from '../../train/history.ts';
import { softmaxCrossEntropy } from '../../train/losses/softmax-cross-entropy.ts';
import { expectMetricNames, metricsOf } from '../../train/metrics/metrics.ts';
import { restoreOptimizer } from '../../train/optimizers/optimizers.ts';
import type { DataOptions } from '../data/data-options.ts';
import type { Interrupt } from '../interrupt.ts';
import { type Output, output } from '../output.ts';
import { dataTexts } from '../data/data-texts.ts';
import { describeData } from '../data/describe-data.ts';
import { type EngineChoice, withEngine } from '../engine-option.ts';
import { scoresText, scoreText } from '../score-text.ts';
import { terminalBar } from '../terminal-bar.ts';

export interface TrainOptions extends DataOptions, EngineChoice {
  readonly level: 'word' | 'char';
  readonly cell: 'lstm' | 'gru' | 'rnn';
  readonly units: number;
  readonly embedding: number;
  readonly layers: number;
  readonly bidirectional: boolean;
  readonly dropout: string;
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: string;
  readonly learningRate: number;
  readonly clipNorm: number;
  readonly clipValue?: number;
  readonly classWeight?: ClassWeight;
  readonly sampling?: 'balanced';
  readonly metrics?: readonly string[];
  readonly maxLength: number;
  readonly minCount: number;
  readonly holdout: number;
  readonly seed: number;
  readonly out?: string;
}

export async function runTrain(path: string, options: TrainOptions, interrupt: Interrupt): Promise<void> {
  // What can be wrong with the command shows before any work is done.
  const scheme = parseScheme(options.dropout);
  const layers = layersOf(options, scheme);
  expectMetricNames('train', options.metrics ?? []);
  if (options.out !== undefined) await expectReplaceable(options.out);
  await withEngine(options, (engine) => {
    for (const warning of schemeWarnings(scheme)) output(options.json).warn(warning);
    return trainOn(engine, path, layers, options, interrupt);
  });
}

async function trainOn(
  engine: Ops,
  path: string,
  layers: ReturnType<typeof layersOf>,
  options: TrainOptions,
  interrupt: Interrupt,
): Promise<void> {
  const out = output(options.json);
  const { classifier, training, test } = await prepare(out, engine, path, layers, options);
  const { classes } = classifier;
  const metrics = metricsOf('train', options.metrics ?? ['accuracy'], classes);

  const started = Date.now();
  const bar = progress(out, options, started);
  const signal = interrupt.listen();
  const fitting = classifier.model.fit(training, {
    ...toldBy(options, classes),
    metrics,
    validation: test,
    callbacks: [bar],
    signal,
  });
  // A bar that is not stopped keeps the process alive.
  const { epochs } = await fitting.finally(bar.stop);
  // The last epoch scored the held-out texts with the weights that there are now.
  const onTest = epochs.at(-1)?.validation as Scores;
  out.line(`scoring the ${training.x.length} texts to train on without dropout`);
  const onTraining = await classifier.model.evaluate(training, { metrics, signal });
  // Nothing that follows hears it: Ctrl-C ends the process again.
  interrupt.release();
  if (options.out !== undefined) {
    const { warnings } = await classifier.save(options.out);
    for (const warning of warnings) out.warn(warning);
  }
  const learnedRates = await classifier.model.learnedRates();
  for (const [site, rate] of Object.entries(learnedRates)) out.line(`learned rate at ${site}: ${rate.toFixed(4)}`);
  for (const { name } of metrics) {
    const of = (scores: Scores): string => scoreText(name, scores[name] ?? Number.NaN);
    out.line(`${name}: ${of(onTest)} held out, ${of(onTraining)} in training`);
  }
  if (options.out !== undefined) out.line(`saved to ${options.out}`);
  out.record({
    event: 'result',
    training: onTraining,
    test: onTest,
    learnedRates,
    seconds: secondsSince(started),
    saved: options.out ?? null,
    engine: engine.describe(),
  });
}

/** What the options of the command say to `fit`. */
function toldBy(options: TrainOptions, classes: readonly string[]): FitOptions {
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

/** Read, part, encode and describe the texts, and make a classifier for them. */
async function prepare(
  out: Output,
  engine: Ops,
  path: string,
  layers: ReturnType<typeof layersOf>,
  options: TrainOptions,
): Promise<{ classifier: TextClassifier; training: TextExamples; test: TextExamples }> {
  const { maxLength, minCount, holdout } = options;
  const cut = tokenizer(options.level);
  const texts = new TokenizedTexts(cut, maxLength);
  const notes: string[] = [];
  const onNote = (note: string): void => {
    notes.push(note);
    out.warn(note);
  };
  for await (const part of dataTexts('train', path, options, onNote)) texts.add(part);
  const encoded = texts.encode(holdout, fold(key(options.seed), 'split'), { minCount });
  const { vocabulary, classes, training, test } = encoded;
  const classifier = TextClassifier.of({ tokenizer: cut, vocabulary, classes, maxLength }, { layers, engine });
  describeData(out, { ...encoded, counts: texts.counts, maxLength, minCount, notes, engine: engine.describe() });
  return { classifier, training: examplesOf(training, classes), test: examplesOf(test, classes) };
}

/** Ids and class numbers, one a text. */
interface TextExamples {
  readonly x: readonly Int32Array[];
  readonly y: readonly number[];
}

function examplesOf({ ids, labels }: EncodedTexts, classes: readonly string[]): TextExamples {
  const numbers = new Map(classes.map((name, i) => [name, i]));
  return { x: ids, y: labels.map((label) => numbers.get(label) as number) };
}

function layersOf(options: TrainOptions, dropout: ReturnType<typeof parseScheme>): TextClassifierOptions['layers'] {
  const { cell: inCell, embedding: inEmbedding } = splitScheme(dropout);
  const cell = { lstm, gru, rnn }[options.cell]({ units: options.units, layers: options.layers, dropout: inCell });
  const recurrent = options.bidirectional ? bidirectional(cell) : cell;
  return ({ vocabulary, classes, unknown }) => [
    embedding({ vocabulary, units: options.embedding, dropout: inEmbedding, unknown }),
    recurrent,
    dense({ units: classes }),
  ];
}

/** A bar on a terminal; a line after each epoch everywhere. */
function progress(out: Output, { epochs, json }: TrainOptions, started: number): Callback & { stop(): void } {
  const bar =
    process.stdout.isTTY && !json
      ? terminalBar('epoch {epoch}/{epochs} {bar} {percentage}% | loss {loss} | {eta_formatted} left')
      : null;
  return {
    stop: () => bar?.stop(),
    onStep({ step, steps, loss }) {
      const perEpoch = steps / epochs;
      const state = { epoch: Math.ceil(step / perEpoch), epochs, loss: loss.toFixed(3) };
      if (bar && !bar.isActive) bar.start(steps, step, state);
      bar?.update(step, state);
    },
    onEpoch(epoch) {
      bar?.stop();
      out.line(epochLine(epoch, epochs, started));
      out.record({ event: 'epoch', ...epoch, seconds: secondsSince(started) });
    },
  };
}

function epochLine({ epoch, training, validation }: Epoch, epochs: number, started: number): string {
  const held = validation ? `, held out: ${scoresText(validation)}` : '';
  return `epoch ${epoch}/${epochs}: ${scoresText(training)}${held} (${secondsSince(started)} s)`;
}

function secondsSince(started: number): number {
  return Math.round((Date.now() - started) / 100) / 10;
}
