import { optionsOf } from '../../checks.ts';
import { expectStrings } from '../../text/labelled.ts';
import type { ReportedData, ReportPart } from './report-data.ts';

/** The samples of one part, to be counted in a report. */
export interface PartOptions {
  /** The name of the class of each sample; none for what has no classes. */
  readonly labels?: readonly string[];
  /** Texts: how many of them other parts have as well is counted. */
  readonly texts?: readonly string[];
  /** Timesteps of each sample. */
  readonly lengths?: ArrayLike<number>;
  /** The share of tokens that the vocabulary lacks. */
  readonly unknown?: number;
}

/** What was learned from and scored on, to be counted in a report. */
export interface DataFactsOptions {
  /** By name: `training`, the first, and others such as `validation` and `test`. */
  readonly parts: Readonly<Record<string, PartOptions>>;
  /** How many samples of other parts are in the first as well; counted where there are texts. */
  readonly overlap?: number;
  /** More to tell: a file, its SHA-256, texts that were cut off. */
  readonly facts?: Readonly<Record<string, string | number>>;
}

/** @throws DataError for labels or texts that are no strings; OptionError for an option that it does not have */
export function dataFacts(options: DataFactsOptions): ReportedData {
  const {
    parts,
    overlap,
    facts = {},
  } = optionsOf('report: data', options, { parts: true, overlap: true, facts: true });
  return {
    parts: Object.entries(parts).map(([name, part]) => partFacts(name, part)),
    overlap: overlap ?? overlapOf(Object.values(parts)),
    facts: shownFacts(facts),
  };
}

export function shownFacts(facts: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [
      name,
      typeof value === 'number' ? value.toLocaleString('en') : value,
    ]),
  );
}

function partFacts(name: string, part: PartOptions): ReportPart {
  const who = `report: data: ${name}`;
  const {
    labels = [],
    texts = [],
    lengths,
    unknown = null,
  } = optionsOf(who, part, { labels: true, texts: true, lengths: true, unknown: true });
  expectStrings(who, 'labels', labels);
  expectStrings(who, 'texts', texts);
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return {
    name,
    samples: Math.max(labels.length, texts.length, lengths?.length ?? 0),
    classes: Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))),
    lengths: lengths && lengths.length > 0 ? lengthsOf(lengths) : null,
    unknown,
  };
}

function lengthsOf(lengths: ArrayLike<number>): NonNullable<ReportPart['lengths']> {
  const sorted = Array.from(lengths).sort((a, b) => a - b);
  const at = (place: number): number => sorted[Math.floor(place * (sorted.length - 1))] as number;
  return { least: at(0), median: at(0.5), most: at(1) };
}

function overlapOf([first, ...others]: readonly PartOptions[]): number | null {
  if (first?.texts === undefined || others.every(({ texts }) => texts === undefined)) return null;
  const learned = new Set(first.texts);
  return others.flatMap(({ texts = [] }) => texts.filter((text) => learned.has(text))).length;
}
