import type { Ops } from '../../engines/ops.ts';
import { digestOf, machine } from '../../platform/process/machine.ts';
import { installedCharts } from '../../report/charts/chart-library.ts';
import { report } from '../../report/html-report.ts';
import type { DataFactsOptions, PartOptions } from '../../report/run/data-facts.ts';
import type { EvaluationOptions } from '../../report/run/evaluation-facts.ts';
import { unknownShare } from '../../text/tokenized-texts.ts';
import type { Callback } from '../../train/callbacks/callback.ts';
import type { History, Scores } from '../../train/history.ts';
import type { DrawnPlan } from '../../train/pass.ts';
import type { TextExamples, TrainingParts } from '../data/training-parts.ts';
import { expectWritable, writeResult } from '../result-file.ts';
import { version } from '../../platform/packages/version.ts';
import { shellWords } from '../shell-words.ts';

/** What a training came to. */
interface Trained {
  readonly history: History;
  /** On what it learned from, without dropout. */
  readonly training: Scores;
  readonly seconds: number;
  readonly engine: Ops;
}

/** What the texts of a part are called in a sentence. */
const TEXTS = { 'held out': 'held-out texts', 'to validate on': 'validation texts', 'to test on': 'test texts' };

/**
 * Look whether a report can be written, before the work.
 * @param path of the data
 * @param code the same training in TypeScript
 * @throws OptionError or DataError where it cannot
 */
export async function beginReport(file: string, path: string, code: string | null): Promise<TrainReport> {
  await expectWritable(file, '.html');
  await installedCharts('train');
  return new TrainReport(file, path, code);
}

/** Sees the masks of a training, and writes its report. */
export class TrainReport {
  readonly file: string;
  readonly #path: string;
  readonly #code: string | null;
  #plans: readonly DrawnPlan[] = [];
  readonly #stepSeconds: number[] = [];

  #since: { readonly at: number; steps: number; until?: number } = { at: 0, steps: 0 };

  constructor(file: string, path: string, code: string | null) {
    this.file = file;
    this.#path = path;
    this.#code = code;
  }

  /** The masks of the last batch are shown. */
  readonly callback: Callback = {
    onBegin: ({ epochs }) => {
      // What came before, in another process, nobody measured.
      this.#stepSeconds.length = epochs;
      this.#stepSeconds.fill(Number.NaN);
      this.#since = { at: performance.now(), steps: 0 };
    },
    onStep: ({ plans }) => {
      this.#plans = plans;
      this.#since.steps += 1;
      this.#since.until = performance.now();
    },
    onEpoch: () => {
      const { at, steps, until = at } = this.#since;
      this.#stepSeconds.push((until - at) / 1000 / steps);
      this.#since = { at: performance.now(), steps: 0 };
    },
  };

  /** @returns where it is, in words */
  async write(parts: TrainingParts, { history, training, seconds, engine }: Trained): Promise<string> {
    const { model } = parts.classifier;
    const { node, cpu, peakMemory } = machine();
    const page = await report(history, {
      title: `Text classifier: ${this.#name}`,
      training,
      model,
      plans: this.#plans,
      stepSeconds: this.#stepSeconds,
      evaluation: await evaluationOf(parts, history),
      data: await this.#data(parts),
      origin: {
        // Whoever does it again begins it.
        command: `keepgate ${shellWords(process.argv.slice(2).filter((word) => word !== '--resume'))}`,
        ...(this.#code === null ? {} : { code: this.#code }),
        facts: {
          keepgate: await version(),
          Node: node,
          engine: engine.describe(),
          processor: cpu,
          'training took': `${seconds} s`,
          'most memory': `${Math.round(peakMemory / 2 ** 20)} MiB`,
        },
      },
    });
    await writeResult(this.file, page);
    return `the report is ${this.file}`;
  }

  get #name(): string {
    return this.#path === '-' ? 'standard input' : this.#path;
  }

  async #data({
    classifier,
    training,
    validation,
    test,
    names,
    counts,
    overlap,
  }: TrainingParts): Promise<DataFactsOptions> {
    const digest = this.#path === '-' ? null : await digestOf(this.#path);
    const { classes, vocabulary, maxLength } = classifier;
    const others = [
      [names.validation, validation] as const,
      ...(test && names.test ? [[names.test, test] as const] : []),
    ];
    return {
      parts: {
        training: partOf(training, classes),
        ...Object.fromEntries(others.map(([name, texts]) => [name, partOf(texts, classes)])),
      },
      overlap,
      facts: {
        file: this.#name,
        ...(digest ? { bytes: digest.bytes, 'SHA-256': digest.sha256 } : {}),
        'texts left out, as they came again': counts.repeated,
        'texts cut off': `${counts.cutOff.toLocaleString('en')}, after ${maxLength} tokens`,
        'tokens in the vocabulary': vocabulary.size,
      },
    };
  }
}

/** On the part that chose nothing, where there is one. */
async function evaluationOf(
  { classifier, validation, test, names }: TrainingParts,
  { keptEpoch }: History,
): Promise<EvaluationOptions> {
  const { model, classes, vocabulary, tokenizer } = classifier;
  const { x, y } = test ?? validation;
  const between = tokenizer.level === 'word' ? ' ' : '';
  return {
    of: TEXTS[test && names.test ? names.test : names.validation],
    chose: test === null && keptEpoch !== undefined,
    classes,
    probabilities: (await model.predict(x)) as number[][],
    labels: y,
    texts: x.map((ids) => vocabulary.decode(ids).join(between)),
  };
}

function partOf({ x: ids, y }: TextExamples, classes: readonly string[]): PartOptions {
  const labels = y.map((number) => classes[number] as string);
  return { labels, lengths: ids.map(({ length }) => length), unknown: unknownShare({ ids, labels }) };
}
