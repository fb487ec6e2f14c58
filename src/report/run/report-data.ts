import { readable } from '../../checks.ts';
import { DataError, show } from '../../errors.ts';
import type { Calibration } from '../calibration.ts';
import { fromBase64 } from './base64.ts';

/** The name of the format, with its version: what is read has this one. */
export const REPORT_FORMAT = 'keepgate-report-1';

/** Averages by name; a score that is not finite is left out. */
export type ReportScores = Readonly<Record<string, number>>;

/** What one epoch came to. */
export interface ReportEpoch {
  /** From 1. */
  readonly epoch: number;
  /** Under dropout and changing weights. */
  readonly training: ReportScores;
  /** In evaluation, after the epoch; null without validation data. */
  readonly validation: ReportScores | null;
  /** How its updates went; null where that is not known. */
  readonly updates: ReportUpdates | null;
}

/** How the updates of an epoch went. */
export interface ReportUpdates {
  /** The mean of the gradients' global norm, before clipping. */
  readonly gradientNorm: number;
  /** That of the last update. */
  readonly learningRate: number;
  /** The probabilities that it dropped by, by layer, site and lane. */
  readonly dropoutRates: Readonly<Record<string, number>>;
  /** How long a step took, on average; null where nobody measured it. */
  readonly stepSeconds: number | null;
}

/** One training. */
export interface ReportRun {
  /** What was compared: the name of its scheme. */
  readonly scheme: string;
  readonly seed: number | null;
  readonly epochs: readonly ReportEpoch[];
  /** The epoch whose weights the model has, where it is another than the last. */
  readonly keptEpoch: number | null;
  /** What training said that may not be wanted. */
  readonly warnings: readonly string[];
  /** After training, on what it did not learn from: what runs are compared by. */
  readonly scores: ReportScores | null;
  /** After training, on what it learned from, without dropout. */
  readonly training: ReportScores | null;
}

/** The texts or samples of one part: of training, of validation, of the test. */
export interface ReportPart {
  readonly name: string;
  readonly samples: number;
  /** How many samples each class has. */
  readonly classes: Readonly<Record<string, number>>;
  /** Timesteps of a sample; null where they were not given. */
  readonly lengths: { readonly least: number; readonly median: number; readonly most: number } | null;
  /** The share of tokens that the vocabulary lacks, in [0, 1]. */
  readonly unknown: number | null;
}

/** What was learned from, and scored on. */
export interface ReportedData {
  readonly parts: readonly ReportPart[];
  /** How many samples of other parts are also in the training part; null where that is not known. */
  readonly overlap: number | null;
  /** More to tell, name by name: a file, its SHA-256, texts that were cut off. */
  readonly facts: Readonly<Record<string, string>>;
}

/** What a layer is, and what it drops. */
export interface ReportLayer {
  readonly name: string;
  /** The shape of what it hands on. */
  readonly output: string;
  /** How many weights it has. */
  readonly weights: number;
  readonly drops: readonly { readonly site: string; readonly rule: string }[];
}

/** The mask of a site in a real batch, of a few of its samples, timesteps and units. */
export interface ReportMask {
  /** The layer's number from 0, and the lane in it. */
  readonly layer: number;
  readonly lane: string;
  readonly site: string;
  /** The rule in words: `0.25, fixed`. */
  readonly rule: string;
  /** What the columns and the rows of the pictures are, and how many of each there are: `timesteps`, `units`. */
  readonly columns: { readonly what: string; readonly shown: number; readonly all: number };
  readonly rows: { readonly what: string; readonly shown: number; readonly all: number };
  /** The share of all entries that is kept; null for masks of other numbers than 0 and 1. */
  readonly kept: number | null;
  /** Whether all timesteps have the same mask. */
  readonly fixed: boolean;
  /**
   * One a sample, or a single one: rows of digits, a digit a column, or a single digit where all columns are the same. 0 is
   * dropped and 9 is kept; of masks of other numbers, the factor from 0 to 2.
   */
  readonly pictures: readonly (readonly string[])[];
}

/** A prediction that was wrong. */
export interface ReportMistake {
  /** As far as it is shown; null where samples are no texts. */
  readonly text: string | null;
  readonly label: string;
  readonly predicted: string;
  /** The probability of what was predicted. */
  readonly confidence: number;
}

/** What `calibration` found; a negative log-likelihood that is infinite is null. */
export type ReportCalibration = Omit<Calibration, 'negativeLogLikelihood'> & {
  readonly negativeLogLikelihood: number | null;
};

/** Predictions of classes, counted. */
export interface ReportEvaluation {
  /** What they are of, in words: `test samples`. */
  readonly of: string;
  /** Whether something was chosen by them, such as the best epoch: then their scores are too good. */
  readonly chose: boolean;
  readonly classes: readonly string[];
  /** [label][prediction] */
  readonly confusion: readonly (readonly number[])[];
  readonly calibration: ReportCalibration;
  /** The surest first. */
  readonly mistakes: readonly ReportMistake[];
}

/** How to come to the same result. */
export interface ReportedOrigin {
  /** The command line. */
  readonly command: string | null;
  /** The same in TypeScript. */
  readonly code: string | null;
  /** Versions, the engine, the time: name by name. */
  readonly facts: Readonly<Record<string, string>>;
}

/** Everything that a report shows, as JSON. */
export interface ReportData {
  readonly format: typeof REPORT_FORMAT;
  readonly title: string;
  readonly runs: readonly ReportRun[];
  readonly origin: ReportedOrigin;
  readonly data: ReportedData | null;
  readonly model: readonly ReportLayer[] | null;
  readonly masks: readonly ReportMask[];
  readonly evaluation: ReportEvaluation | null;
}

/** What a page embeds its JSON as: a link, so that it can be taken without a script. */
const EMBEDDED = /href="data:application\/json;base64,([A-Za-z0-9+/=]*)"/;

/**
 * The data of a report, from its page or from its JSON.
 * @param text of a file that `report` or `keepgate train --report` wrote, or of the JSON that it has in it
 * @throws DataError when it is neither, or from another version
 * @example
 * ```ts
 * import { dense, key, meanSquaredError, readReport, report, sequential } from 'keepgate';
 *
 * const model = sequential([dense({ units: 1 })]);
 * const history = await model.fit({ x: [[0], [1]], y: [[1], [3]] }, { key: key(1), epochs: 2, loss: meanSquaredError() });
 * const { title, runs } = readReport(await report(history, { title: 'A line' }));
 * console.log(title, runs[0]?.epochs.length); // prints: A line 2
 * await model.dispose();
 * ```
 */
export function readReport(text: string): ReportData {
  if (typeof text !== 'string') {
    throw new DataError(`readReport: the text of a report was expected, but ${show(text)} came; read the file as text`);
  }
  const [, embedded] = EMBEDDED.exec(text) ?? [];
  const data = parsed(embedded === undefined ? text : fromBase64(embedded));
  const { format } = Object(data);
  if (format === REPORT_FORMAT) return expectReport('readReport', data);
  throw new DataError(
    `readReport: a report was expected, its page or JSON of the format ${show(REPORT_FORMAT)}, but ${show(format ?? text.slice(0, 60))} came; check the file`,
  );
}

/** A copy of what a report shows. @throws DataError for anything else */
export function expectReport(who: string, data: unknown): ReportData {
  const wrong: Wrong = (wanted, path, value) => {
    throw new DataError(
      `${who}: ${wanted} was expected as ${path || 'the report'}, but ${show(value)} came; the file is damaged or from another version`,
    );
  };
  const copy = readable(who, () => copied(data, REPORT, '', wrong)) as ReportData;
  const { evaluation } = copy;
  if (evaluation === null) return copy;
  const { classes, confusion } = evaluation;
  const fits = confusion.length === classes.length && confusion.every((row) => row.length === classes.length);
  if (fits && confusion.some((row) => row.some((count) => count > 0))) return copy;
  return wrong(`a count for each pair of ${classes.length} classes`, 'evaluation.confusion', confusion);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What a value is to be like: a kind, a list of one form, names of one form, or an object with these parts. */
type Form =
  | keyof typeof SIMPLE
  | { readonly list: Form; readonly least?: number }
  | { readonly names: Form }
  | { readonly orNull: Form }
  /** Null in what an earlier version wrote, which lacks it. */
  | { readonly orNone: Form }
  | { readonly parts: Readonly<Record<string, Form>> };

const SIMPLE = {
  format: { wanted: `'${REPORT_FORMAT}'`, is: (value: unknown) => value === REPORT_FORMAT },
  text: { wanted: 'a text', is: (value: unknown) => typeof value === 'string' },
  digits: { wanted: 'a row of digits', is: (value: unknown) => typeof value === 'string' && /^\d+$/.test(value) },
  // What JSON does not hold, such as an infinite loss, is null in it.
  number: { wanted: 'a number', is: (value: unknown) => Number.isFinite(value) },
  count: { wanted: 'a whole number from 0', is: (value: unknown) => Number.isSafeInteger(value) && Number(value) >= 0 },
  boolean: { wanted: 'true or false', is: (value: unknown) => typeof value === 'boolean' },
} as const;

const SCORES: Form = { names: 'number' };
const FACTS: Form = { names: 'text' };
const AXIS: Form = { parts: { what: 'text', shown: 'count', all: 'count' } };
const SHARE: Form = { orNull: 'number' };

const CALIBRATION: Form = {
  parts: {
    count: 'number',
    accuracy: 'number',
    expectedCalibrationError: 'number',
    maximumCalibrationError: 'number',
    brier: 'number',
    negativeLogLikelihood: SHARE,
    bins: { list: { parts: { from: 'number', to: 'number', count: 'number', confidence: SHARE, accuracy: SHARE } } },
  },
};

const UPDATES: Form = {
  parts: { gradientNorm: 'number', learningRate: 'number', dropoutRates: SCORES, stepSeconds: SHARE },
};
const RUN: Form = {
  parts: {
    scheme: 'text',
    seed: { orNull: 'number' },
    epochs: {
      list: {
        parts: { epoch: 'number', training: SCORES, validation: { orNull: SCORES }, updates: { orNone: UPDATES } },
      },
    },
    keptEpoch: SHARE,
    warnings: { list: 'text' },
    scores: { orNull: SCORES },
    training: { orNull: SCORES },
  },
};

const LENGTHS: Form = { parts: { least: 'number', median: 'number', most: 'number' } };
const PART: Form = {
  parts: {
    name: 'text',
    samples: 'number',
    classes: { names: 'number' },
    lengths: { orNull: LENGTHS },
    unknown: SHARE,
  },
};

const LAYER: Form = {
  parts: {
    name: 'text',
    output: 'text',
    weights: 'number',
    drops: { list: { parts: { site: 'text', rule: 'text' } } },
  },
};

const MASK: Form = {
  parts: {
    layer: 'count',
    lane: 'text',
    site: 'text',
    rule: 'text',
    columns: AXIS,
    rows: AXIS,
    kept: SHARE,
    fixed: 'boolean',
    pictures: { list: { list: 'digits', least: 1 }, least: 1 },
  },
};

const EVALUATION: Form = {
  parts: {
    of: 'text',
    chose: 'boolean',
    classes: { list: 'text' },
    confusion: { list: { list: 'count' } },
    calibration: CALIBRATION,
    mistakes: {
      list: { parts: { text: { orNull: 'text' }, label: 'text', predicted: 'text', confidence: 'number' } },
    },
  },
};

const REPORT: Form = {
  parts: {
    format: 'format',
    title: 'text',
    runs: { list: RUN, least: 1 },
    origin: { parts: { command: { orNull: 'text' }, code: { orNull: 'text' }, facts: FACTS } },
    data: { orNull: { parts: { parts: { list: PART }, overlap: SHARE, facts: FACTS } } },
    model: { orNull: { list: LAYER } },
    masks: { list: MASK },
    evaluation: { orNull: EVALUATION },
  },
};

/** Says that a value is not of its form. */
type Wrong = (wanted: string, path: string, value: unknown) => never;

/** A copy with the parts of a form, and no others. */
function copied(value: unknown, form: Form, path: string, wrong: Wrong): unknown {
  const inside = (inner: unknown, of: Form, name: string): unknown =>
    copied(inner, of, name.startsWith('[') || path === '' ? path + name : `${path}.${name}`, wrong);
  if (typeof form === 'string') return SIMPLE[form].is(value) ? value : wrong(SIMPLE[form].wanted, path, value);
  if ('orNull' in form) return value === null ? null : copied(value, form.orNull, path, wrong);
  if ('orNone' in form) return value === undefined ? null : copied(value, { orNull: form.orNone }, path, wrong);
  if ('list' in form) {
    const { least = 0 } = form;
    if (!Array.isArray(value) || value.length < least)
      return wrong(least > 0 ? 'a list of some' : 'a list', path, value);
    return Array.from(value, (entry: unknown, i) => inside(entry, form.list, `[${i}]`));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong('an object', path, value);
  const parts = value as Readonly<Record<string, unknown>>;
  const names = 'names' in form ? Object.keys(parts) : Object.keys(form.parts);
  return Object.fromEntries(
    names.map((name) => [name, inside(parts[name], 'names' in form ? form.names : (form.parts[name] as Form), name)]),
  );
}
