import type { Ops } from '../../engines/ops.ts';
import { key } from '../../random/key.ts';
import { type Calibration, calibration } from '../../report/calibration.ts';
import { expectPlotting, reliabilityPlot } from '../../report/reliability-plot.ts';
import { percent } from '../../report/table.ts';
import { collected, type LabelledTexts } from '../../text/labelled.ts';
import { TextClassifier, type TextPrediction } from '../../train/classifier/text-classifier.ts';
import type { DataOptions } from '../data/data-options.ts';
import { type Output, output } from '../output.ts';
import { dataTexts } from '../data/data-texts.ts';
import { type EngineChoice, withEngine } from '../engine-option.ts';
import { expectWritable, writeResult } from '../result-file.ts';
import { warnOfSamePasses } from '../same-passes.ts';

export interface EvaluateOptions extends DataOptions, EngineChoice {
  readonly mc?: number;
  readonly seed: number;
  readonly plot?: string;
}

export async function runEvaluate(model: string, data: string, options: EvaluateOptions): Promise<void> {
  // What can be wrong with the command shows before any work is done.
  if (options.plot !== undefined) {
    await expectWritable(options.plot, '.svg');
    await expectPlotting();
  }
  await withEngine(options, (engine) => evaluate(model, data, engine, options));
}

async function evaluate(dir: string, path: string, engine: Ops, options: EvaluateOptions): Promise<void> {
  const { mc, seed, plot } = options;
  const out = output(options.json);
  const classifier = await TextClassifier.load(dir, { engine });
  if (mc !== undefined) warnOfSamePasses(out, classifier);
  const data = await collected(dataTexts('evaluate', path, options, out.warn));
  const scores = await classifier.evaluate(data);
  const predictions = await classifier.predict(data.texts);
  const plain = calibrationOf(classifier, data, predictions);
  const drawn =
    mc === undefined
      ? undefined
      : calibrationOf(classifier, data, await classifier.predictMC(data.texts, { passes: mc, key: key(seed) }));

  const classes = classifier.classes.map((name) => {
    const found = data.labels.flatMap((label, i) => (label === name ? [predictions[i]?.label === name] : []));
    const right = found.filter(Boolean).length;
    return { name, texts: found.length, right, accuracy: found.length === 0 ? null : right / found.length };
  });
  out.line(`${data.texts.length} texts: loss ${scores.loss.toFixed(4)}, accuracy ${percent(scores.accuracy ?? 0)}`);
  const rows = classes.map(({ name, texts, right, accuracy }) => [
    name,
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
