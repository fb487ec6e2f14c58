import { expectNumbers, expectText, optionsOf, readable } from '../checks.ts';
import { DataError, show } from '../errors.ts';
import type { History, Scores } from '../train/history.ts';
import type { Model } from '../train/model/model.ts';
import type { DrawnPlan } from '../train/pass.ts';
import { type ChartLibrary, installedCharts } from './charts/chart-library.ts';
import { reportHtml } from './page/report-html.ts';
import { type DataFactsOptions, dataFacts, shownFacts } from './run/data-facts.ts';
import { type EvaluationOptions, evaluationFacts } from './run/evaluation-facts.ts';
import { maskPictures } from './run/mask-pictures.ts';
import { modelFacts } from './run/model-facts.ts';
import { expectReport, REPORT_FORMAT, type ReportData, type ReportRun, type ReportScores } from './run/report-data.ts';

/** One training of several that are compared. */
export interface RunResult {
  /** What is compared: the name of its scheme. */
  readonly scheme: string;
  /** Runs of the same seed are compared with each other. */
  readonly seed: number;
  readonly history: History;
  /** After training, on what it did not learn from; the last epoch's validation when left out. */
  readonly scores?: Scores;
  /** After training, on what it learned from, without dropout. */
  readonly training?: Scores;
}

/** What `report` is told besides the history; all of it can be left out. */
export interface ReportOptions {
  /** The heading; 'Training report' when left out. */
  readonly title?: string;
  /** After the training of a single history, on what it learned from, without dropout. */
  readonly training?: Scores;
  /** How long a step took in each epoch of a single history, on average, which a history does not say. */
  readonly stepSeconds?: readonly number[];
  /** Predictions of classes: for the confusion matrix, the reliability diagram and the surest mistakes. */
  readonly evaluation?: EvaluationOptions;
  /** What was learned from and scored on. */
  readonly data?: DataFactsOptions;
  /** For a table of its layers and what they drop. */
  readonly model?: Pick<Model, 'layers' | 'input'> & Partial<Pick<Model, 'inputs'>>;
  /** The masks of a batch: `plans` of what `onStep` of a callback is given. */
  readonly plans?: readonly DrawnPlan[];
  /** How to do it again: a command line, the same in TypeScript, and more to tell, name by name. */
  readonly origin?: {
    readonly command?: string;
    readonly code?: string;
    readonly facts?: Readonly<Record<string, string | number>>;
  };
  /**
   * The package echarts 6, for pages and bundles: `import * as echarts from 'echarts'`. In Node it is found where it is
   * installed, and need not be given.
   */
  readonly echarts?: ChartLibrary;
}

/**
 * A report on one training, or on several that are compared, as the text of an HTML page that stands alone: no script and
 * no request. What it shows is in it as JSON, see `readReport`. The same runs give the same bytes.
 * @param runs the history that `fit` gave, or runs of several schemes and seeds
 * @throws DataError for what are no histories, and for data or predictions that are none
 * @throws OptionError for an option that it does not have, and when the package echarts, an optional one, is neither installed
 *   nor given
 * @example
 * ```ts
 * import { dense, key, meanSquaredError, report, sequential } from 'keepgate';
 *
 * const model = sequential([dense({ units: 1 })]);
 * const history = await model.fit({ x: [[0], [1]], y: [[1], [3]] }, { key: key(1), epochs: 2, loss: meanSquaredError() });
 * const page = await report(history, { title: 'A line', model });
 * console.log(page.slice(0, 15), page.includes('<title>A line</title>')); // prints: <!doctype html> true
 * await model.dispose();
 * ```
 */
export async function report(runs: History | readonly RunResult[], options: ReportOptions = {}): Promise<string> {
  const { data, echarts } = readable('report', () => ({ data: reportData(runs, options), echarts: options.echarts }));
  const checked = expectReport('report', data);
  return reportHtml(checked, echarts === undefined ? await installedCharts('report') : echarts);
}

/**
 * The page of a report that was read: `keepgate report` does the same.
 * @throws DataError for what is no data of a report
 * @throws OptionError when the package echarts, an optional one, is neither installed nor given
 * @example
 * ```ts
 * import { dense, key, meanSquaredError, readReport, renderReport, report, sequential } from 'keepgate';
 *
 * const model = sequential([dense({ units: 1 })]);
 * const history = await model.fit({ x: [[0], [1]], y: [[1], [3]] }, { key: key(1), epochs: 2, loss: meanSquaredError() });
 * const page = await report(history);
 * console.log((await renderReport(readReport(page))) === page); // prints: true
 * await model.dispose();
 * ```
 */
export async function renderReport(data: ReportData, options: Pick<ReportOptions, 'echarts'> = {}): Promise<string> {
  const { echarts } = optionsOf('renderReport', options, { echarts: true });
  const checked = expectReport('renderReport', data);
  return reportHtml(checked, echarts === undefined ? await installedCharts('renderReport') : echarts);
}

/** What a report shows, as JSON. */
export function reportData(runs: History | readonly RunResult[], options: ReportOptions): ReportData {
  const {
    title = 'Training report',
    training,
    stepSeconds = [],
    evaluation,
    data,
    model,
    plans,
    origin = {},
  } = optionsOf('report', options, {
    title: true,
    training: true,
    stepSeconds: true,
    evaluation: true,
    data: true,
    model: true,
    plans: true,
    origin: true,
    echarts: true,
  });
  expectText('report', 'title', title);
  expectNumbers('report', 'stepSeconds', stepSeconds);
  const { command, code, facts = {} } = optionsOf('report: origin', origin, { command: true, code: true, facts: true });
  return {
    format: REPORT_FORMAT,
    title,
    runs: runsOf(runs, training, stepSeconds),
    origin: { command: command ?? null, code: code ?? null, facts: shownFacts(facts) },
    data: data ? dataFacts(data) : null,
    model: model ? modelFacts(model) : null,
    masks: plans ? maskPictures(plans) : [],
    evaluation: evaluation ? evaluationFacts(evaluation) : null,
  };
}

function runsOf(
  runs: History | readonly RunResult[],
  training: Scores | undefined,
  stepSeconds: ArrayLike<number>,
): ReportRun[] {
  if (!Array.isArray(runs))
    return [{ ...histories(runs as History, stepSeconds), scheme: '', seed: null, training: finite(training) }];
  if (runs.length === 0) throw new DataError('report: at least one run was expected, but none came');
  return (runs as readonly RunResult[]).map((run) => {
    const { scheme, seed, history, scores, training: learned } = Object(run) as RunResult;
    if (typeof scheme !== 'string' || !Number.isSafeInteger(seed)) {
      throw new DataError(`report: runs { scheme, seed, history } were expected, but ${show(run)} came`);
    }
    const found = histories(history);
    return { ...found, scheme, seed, scores: finite(scores) ?? found.scores, training: finite(learned) };
  });
}

/** @throws DataError for what is no history */
function histories(
  history: History,
  stepSeconds: ArrayLike<number> = [],
): Pick<ReportRun, 'epochs' | 'keptEpoch' | 'warnings' | 'scores'> {
  const { epochs, warnings = [], keptEpoch = null } = Object(history) as History;
  if (!Array.isArray(epochs) || !epochs.every((epoch) => typeof Object(epoch).training === 'object')) {
    throw new DataError(`report: the history that fit() gives was expected, but ${show(history)} came`);
  }
  const shown = (epochs as History['epochs']).map(({ epoch, training, validation, updates }, i) => ({
    epoch,
    training: finite(training) ?? {},
    validation: finite(validation),
    updates: updates
      ? { ...updates, stepSeconds: Number.isFinite(stepSeconds[i]) ? (stepSeconds[i] as number) : null }
      : null,
  }));
  const last = shown.find(({ epoch }) => epoch === keptEpoch) ?? shown.at(-1);
  return { epochs: shown, keptEpoch, warnings: [...warnings], scores: last?.validation ?? null };
}

function finite(scores: Scores | null | undefined): ReportScores | null {
  if (!scores) return null;
  return Object.fromEntries(Object.entries(scores).filter(([, value]) => Number.isFinite(value)));
}
