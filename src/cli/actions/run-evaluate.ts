import type { Ops } from '../../engines/ops.ts';
import { key } from '../../random/key.ts';
import { type Calibration, calibration } from '../../report/calibration.ts';
import { installedCharts } from '../../report/charts/chart-library.ts';
import { reliabilityPlot } from '../../report/reliability-plot.ts';
import { shortName } from '../../report/run/in-words.ts';
import { scoresInWords } from '../../report/score-in-words.ts';
import { percent } from '../../report/table.ts';
import { collected, type LabelledTexts } from '../../text/labelled.ts';
import { TextClassifier, type TextPrediction } from '../../train/classifier/text-classifier.ts';
import type { Scores } from '../../train/history.ts';
import { argmax } from '../../train/metrics/accuracy.ts';
import type { Metric } from '../../train/metrics/metric.ts';
import { expectMetricNames } from '../../train/metrics/metrics.ts';
import type { DataOptions } from '../data/data-options.ts';
import { dataTexts } from '../data/data-texts.ts';
import { type EngineChoice, withEngine } from '../engine-option.ts';
import { type Output, output } from '../output.ts';
import { checkQueueOptions, type QueueOptions, queuedPasses } from './queue/queued-passes.ts';
import { expectWritable, writeResult } from '../result-file.ts';
import { warnOfSamePasses } from '../same-passes.ts';

export interface EvaluateOptions extends DataOptions, EngineChoice, QueueOptions {
  readonly metrics?: readonly string[];
  readonly plot?: string;
}

export async function runEvaluate(model: string, data: string, options: EvaluateOptions): Promise<void> {
  // What can be wrong with the command shows before any work is done.
  expectMetricNames('evaluate', options.metrics ?? []);
  checkQueueOptions('evaluate', options);
  if (options.plot !== undefined) {
    await expectWritable(options.plot, '.svg');
    await installedCharts('reliabilityPlot');
  }
  await withEngine(options, (engine) => evaluate(model, data, engine, options));
}

async function evaluate(dir: string, path: string, engine: Ops, options: EvaluateOptions): Promise<void> {
  const { metrics = ['accuracy'], mc, seed, plot } = options;
  const out = output(options.json);
  const classifier = await TextClassifier.load(dir, { engine });
  if (mc !== undefined) warnOfSamePasses(out, classifier);
  const data = await collected(dataTexts('evaluate', path, options, out.warn));
  const { scores, probabilities, labels } = await scored(classifier, data, metrics);
  const plain = calibration(probabilities, labels);
  const drawn =
    mc === undefined
      ? undefined
      : calibrationOf(classifier, data, await drawnPredictions(dir, classifier, data.texts, options, out));

  const counts = classifier.classes.map(() => ({ texts: 0, right: 0 }));
  for (const [i, label] of labels.entries()) {
    const count = counts[label] as (typeof counts)[number];
    count.texts += 1;
    if (argmax(probabilities[i] as readonly number[]) === label) count.right += 1;
  }
  const classes = counts.map(({ texts, right }, i) => {
    return { name: classifier.classes[i] as string, texts, right, accuracy: texts === 0 ? null : right / texts };
  });
  out.line(`${data.texts.length} texts: ${scoresInWords(scores)}`);
  const rows = classes.map(({ name, texts, right, accuracy }) => [
    shortName(name),
    `${texts}`,
    `${right}`,
    accuracy === null ? '-' : percent(accuracy),
  ]);
  out.table([['class', 'texts', 'right', 'accuracy'], ...rows]);
  if (drawn) printCalibrations(out, { plain, [`mean of ${mc} passes`]: drawn });
  out.record({
    texts: data.texts.length,
    ...scores,
    classes,
    calibration: plain,
    ...(drawn ? { mc: { passes: mc, seed, ...drawn } } : {}),
  });
  if (plot !== undefined) {
    await writeResult(plot, await reliabilityPlot(drawn ?? plain, drawn ? { title: `mean of ${mc} passes` } : {}));
    out.line(`the plot is ${plot}`);
  }
}

/** The mean of many passes with dropout, made here or by the workers of a queue. */
async function drawnPredictions(
  dir: string,
  classifier: TextClassifier,
  texts: readonly string[],
  options: EvaluateOptions,
  out: Output,
): Promise<readonly TextPrediction[]> {
  const { mc, seed, queue } = options;
  if (queue === undefined) return classifier.predictMC(texts, { passes: mc as number, key: key(seed) });
  const found: TextPrediction[] = [];
  for await (const { predictions } of queuedPasses('evaluate', dir, [texts], options, out)) found.push(...predictions);
  return found;
}

/** What one pass over the texts gives; the predictions, and the class numbers beside them, are in an order of their own. */
async function scored(
  classifier: TextClassifier,
  data: LabelledTexts,
  metrics: readonly string[],
): Promise<{ scores: Scores; probabilities: readonly (readonly number[])[]; labels: readonly number[] }> {
  const probabilities: (readonly number[])[] = [];
  const labels: number[] = [];
  const predictions: Metric = {
    name: 'predictions',
    score(prediction, label) {
      probabilities.push(prediction);
      labels.push(label as number);
      return 0;
    },
  };
  const { predictions: _, ...scores } = await classifier.evaluate(data, { metrics: [...metrics, predictions] });
  return { scores, probabilities, labels };
}

function calibrationOf(
  { classes }: TextClassifier,
  { labels }: LabelledTexts,
  predictions: readonly TextPrediction[],
): Calibration {
  return calibration(
    predictions.map(({ probabilities }) => classes.map((name) => probabilities[name] as number)),
    labels.map((label) => classes.indexOf(label)),
  );
}

function printCalibrations(out: Output, found: Readonly<Record<string, Calibration>>): void {
  const rows = Object.entries(found).map(([name, { accuracy, negativeLogLikelihood, expectedCalibrationError }]) => [
    name,
    percent(accuracy),
    negativeLogLikelihood.toFixed(4),
    expectedCalibrationError.toFixed(4),
  ]);
  out.table([['prediction', 'accuracy', 'loss', 'calibration error'], ...rows]);
}
