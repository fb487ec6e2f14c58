import { percent } from '../../report/table.ts';
import { labelWarnings } from '../../text/label-warnings.ts';
import { type EncodedParts, type TextCounts, unknownShare } from '../../text/tokenized-texts.ts';
import type { Output } from '../output.ts';

/** So many classes are shown, the largest; with --json all are. */
const SHOWN = 40;

/** What training begins with. */
export interface TrainingData extends EncodedParts {
  readonly counts: TextCounts;
  readonly maxLength: number;
  readonly minCount: number;
  /** What was left aside when it was read; it was told already. */
  readonly notes: readonly string[];
  readonly engine: string;
}

/** Say what there is to train on, and what looks odd in it. */
export function describeData(out: Output, data: TrainingData): void {
  const { training, test, counts, maxLength, notes, engine } = data;
  const tokens = data.vocabulary.toJSON().length;
  const classes = countedClasses(data);
  const warnings = warningsOf(data, tokens, classes);
  for (const warning of warnings) out.warn(warning);

  const sizes = { training: training.labels.length, test: test.labels.length };
  const { repeated, contradicting, cutOff } = counts;
  out.line(
    `${sizes.training} texts to train on, ${sizes.test} held out; ${repeated} repeated ones left out; ${engine}`,
  );
  const largest = [...classes].sort((a, b) => b.texts - a.texts);
  const shown = classes.length > SHOWN ? largest.slice(0, SHOWN) : classes;
  const rows = shown.map((one) => [one.name, `${one.texts}`, percent(one.share), `${one.training}`, `${one.test}`]);
  out.table([['class', 'texts', 'share', 'to train on', 'held out'], ...rows]);
  if (classes.length > shown.length) out.line(`and ${classes.length - shown.length} smaller classes`);
  const unknown = { training: unknownShare(training), test: unknownShare(test) };
  out.line(
    `${tokens} tokens in the vocabulary; unknown are ${percent(unknown.training)} of those to train on, ${percent(unknown.test)} of those held out`,
  );
  out.line(`${cutOff} texts cut off after ${maxLength} tokens`);
  const common = classes.reduce((a, b) => (b.test > a.test ? b : a));
  const baseline = common.test / sizes.test;
  out.line(`always saying ${JSON.stringify(common.name)} is right on ${percent(baseline)} of the held-out texts`);
  out.record({
    event: 'data',
    ...sizes,
    repeated,
    contradicting,
    cutOff,
    unknown,
    vocabulary: tokens,
    classes: classes.length,
    classTable: classes,
    baseline,
    engine,
    warnings: [...notes, ...warnings],
  });
}

interface ClassCounts {
  readonly name: string;
  readonly texts: number;
  readonly share: number;
  readonly training: number;
  readonly test: number;
}

function countedClasses({ classes, training, test }: TrainingData): ClassCounts[] {
  const inTraining = countsOf(training.labels);
  const inTest = countsOf(test.labels);
  const all = training.labels.length + test.labels.length;
  return classes.map((name) => {
    const counts = { training: inTraining.get(name) ?? 0, test: inTest.get(name) ?? 0 };
    const texts = counts.training + counts.test;
    return { name, texts, share: texts / all, ...counts };
  });
}

/** How often each label occurs. */
function countsOf(labels: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}

function warningsOf({ counts, minCount }: TrainingData, tokens: number, classes: readonly ClassCounts[]): string[] {
  const { contradicting, contradiction } = counts;
  const warnings = labelWarnings(new Map(classes.map(({ name, texts }) => [name, texts])));
  if (contradiction !== null) {
    const [first, other] = contradiction.map((label) => JSON.stringify(label));
    warnings.push(
      `texts that occur with two labels are read with the first alone: ${contradicting} left out, such as one of ${other} that was ${first} before`,
    );
  }
  if (tokens === 0) {
    warnings.push(
      `the vocabulary is empty, since no token occurs ${minCount} times: all texts look alike; lower --min-count`,
    );
  }
  return warnings;
}
