import { shortName } from '../../report/run/in-words.ts';
import { percent } from '../../report/table.ts';
import { labelWarnings } from '../../text/label-warnings.ts';
import { type EncodedTexts, type TextCounts, unknownShare } from '../../text/tokenized-texts.ts';
import type { PretrainedVectors } from '../../text/vectors/read-vectors.ts';
import type { Vocabulary } from '../../text/vocabulary.ts';
import type { Output } from '../output.ts';

/** So many classes are shown, the largest; with --json all are. */
const SHOWN = 40;

/** Texts that are not trained on, and what lines call them. */
export interface OtherTexts extends EncodedTexts {
  /** As in '6 held out'. */
  readonly name: 'held out' | 'to validate on' | 'to test on';
  /** How many of them are also among those to train on: of one file none, as texts that come again are left out. */
  readonly overlap: number;
}

/** What training begins with. */
export interface DescribedData {
  readonly vocabulary: Vocabulary;
  readonly classes: readonly string[];
  readonly training: EncodedTexts;
  readonly validation: OtherTexts;
  readonly test: OtherTexts | null;
  readonly counts: TextCounts;
  /** What its words begin with; null where they are drawn. */
  readonly vectors: PretrainedVectors | null;
  readonly maxLength: number;
  readonly minCount: number;
  /** What was left aside when it was read; it was told already. */
  readonly notes: readonly string[];
  readonly engine: string;
}

/** Say what there is to train on, and what looks odd in it. */
export function describeData(out: Output, data: DescribedData): void {
  const { training, validation, test, counts, maxLength, notes, vectors, engine } = data;
  const others = test ? [validation, test] : [validation];
  const tokens = data.vocabulary.toJSON().length;
  const classes = countedClasses(data.classes, [training, ...others]);
  const warnings = warningsOf(data, tokens, classes);
  for (const warning of warnings) out.warn(warning);

  const { repeated, contradicting, cutOff } = counts;
  const sizes = others.map(({ name, labels }) => `${labels.length} ${name}`).join(', ');
  out.line(`${training.labels.length} texts to train on, ${sizes}; ${repeated} repeated ones left out; ${engine}`);
  const largest = [...classes].sort((a, b) => b.texts - a.texts);
  const shown = classes.length > SHOWN ? largest.slice(0, SHOWN) : classes;
  const rows = shown.map((one) => [shortName(one.name), `${one.texts}`, percent(one.share), ...one.counts.map(String)]);
  out.table([['class', 'texts', 'share', 'to train on', ...others.map(({ name }) => name)], ...rows]);
  if (classes.length > shown.length) out.line(`and ${classes.length - shown.length} smaller classes`);
  const unknown = others.map((part) => `${percent(unknownShare(part))} of those ${part.name}`);
  out.line(
    `${data.vocabulary.size} tokens in the vocabulary, padding and unknown among them; unknown are ${[`${percent(unknownShare(training))} of those to train on`, ...unknown].join(', ')}`,
  );
  if (vectors) {
    out.line(
      `${vectors.found.size} of the ${tokens} words of the vocabulary have a vector in the file, ${percent(vectors.coverage)}, of ${vectors.units} numbers each`,
    );
  }
  out.line(`${cutOff} texts cut off after ${maxLength} tokens`);
  // On what is scored last.
  const last = others.at(-1) as OtherTexts;
  const common = classes.reduce((a, b) => ((b.counts.at(-1) ?? 0) > (a.counts.at(-1) ?? 0) ? b : a));
  const baseline = (common.counts.at(-1) ?? 0) / last.labels.length;
  out.line(
    `always saying ${JSON.stringify(shortName(common.name))} is right on ${percent(baseline)} of ${theTexts(last.name)}`,
  );
  out.record({
    event: 'data',
    ...byPart(
      test,
      [training, ...others].map(({ labels }) => labels.length),
    ),
    repeated,
    contradicting,
    cutOff,
    unknown: byPart(test, [training, ...others].map(unknownShare)),
    vocabulary: data.vocabulary.size,
    ...(vectors && { vectors: { units: vectors.units, found: vectors.found.size, coverage: vectors.coverage } }),
    classes: classes.length,
    classTable: classes.map(({ counts: inParts, ...one }) => ({ ...one, ...byPart(test, inParts) })),
    baseline,
    engine,
    warnings: [...notes, ...warnings],
  });
}

/** As in 'the best on the held-out texts'. */
export function theTexts(name: OtherTexts['name']): string {
  return name === 'held out' ? 'the held-out texts' : `the texts ${name}`;
}

/** What is told of each part, by the names of records: where there is one beside the texts to train on, it is `test`. */
function byPart<V>(
  test: OtherTexts | null,
  [training, ...others]: readonly V[],
): Readonly<Record<string, V | undefined>> {
  return test ? { training, validation: others[0], test: others[1] } : { training, test: others[0] };
}

interface ClassCounts {
  readonly name: string;
  readonly texts: number;
  readonly share: number;
  /** In each part. */
  readonly counts: readonly number[];
}

function countedClasses(classes: readonly string[], parts: readonly EncodedTexts[]): ClassCounts[] {
  const found = parts.map(({ labels }) => countsOf(labels));
  const all = parts.reduce((sum, { labels }) => sum + labels.length, 0);
  return classes.map((name) => {
    const counts = found.map((part) => part.get(name) ?? 0);
    const texts = counts.reduce((sum, count) => sum + count, 0);
    return { name, texts, share: texts / all, counts };
  });
}

/** How often each label occurs. */
function countsOf(labels: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}

function warningsOf(
  { counts, minCount, validation, test, vectors }: DescribedData,
  tokens: number,
  classes: readonly ClassCounts[],
): string[] {
  const { contradicting, contradiction } = counts;
  const warnings = labelWarnings(new Map(classes.map(({ name, texts }) => [name, texts])));
  if (contradiction !== null) {
    const [first, other] = contradiction.map((label) => JSON.stringify(label));
    warnings.push(
      `texts that occur with two labels are read with the first alone: ${contradicting} left out, such as one of ${other} that was ${first} before`,
    );
  }
  for (const { name, overlap, labels } of test ? [validation, test] : [validation]) {
    if (overlap === 0) continue;
    warnings.push(
      `${overlap} of ${labels.length} texts ${name} are also among those to train on: scores on them say what was learned by heart; leave them out of one file`,
    );
  }
  if (tokens === 0) {
    warnings.push(
      `the vocabulary is empty, since no token occurs ${minCount} times: all texts look alike; lower --min-count`,
    );
  }
  return [...warnings, ...(vectors?.warnings ?? [])];
}
