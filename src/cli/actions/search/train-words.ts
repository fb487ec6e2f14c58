import { OptionError } from '../../../errors.ts';
import type { StudyRecord, TrialRecord } from '../../../report/study/study-record.ts';

/** Options of `keepgate train` by the names of a space; `scheme` and what it has in braces are its --dropout. */
const FLAGS: Readonly<Record<string, string>> = {
  level: 'level',
  cell: 'cell',
  units: 'units',
  embedding: 'embedding',
  layers: 'layers',
  optimizer: 'optimizer',
  learningRate: 'learning-rate',
  clipNorm: 'clip-norm',
  batchSize: 'batch-size',
  maxLength: 'max-length',
  minCount: 'min-count',
};

/**
 * The arguments of a `keepgate train` that comes to the bits of a trial with its first seed. Where trials are scored on folds, it holds out as large a part.
 * @throws OptionError for a study of a module, which the command does not train
 */
export function trainWords({ texts, seeds, folds }: StudyRecord, trial: TrialRecord): readonly string[] {
  if (texts === null) {
    throw new OptionError(
      'search: a study of texts was expected, which keepgate train trains, but one of a module came',
    );
  }
  const { path, reading, validation, holdout } = texts;
  const { params, scheme, epochs } = trial;
  const { header = true, relaxedQuotes = false, delimiter, ...columns } = reading;
  const named = (name: string, value: unknown): string[] => (value === undefined ? [] : [`--${name}`, `${value}`]);
  return [
    'train',
    path,
    ...named('text', columns.text),
    ...named('label', columns.label),
    ...named('delimiter', delimiter === '\t' ? 'tab' : delimiter),
    ...(header ? [] : ['--no-header']),
    ...(relaxedQuotes ? ['--relaxed-quotes'] : []),
    ...named('encoding', columns.encoding),
    ...(validation === null ? ['--holdout', `${folds === null ? holdout : 1 / folds}`] : ['--validation', validation]),
    '--dropout',
    scheme,
    ...Object.entries(FLAGS).flatMap(([name, flag]) => named(flag, params[name])),
    ...(params.bidirectional === true ? ['--bidirectional'] : []),
    '--epochs',
    `${epochs}`,
    '--seed',
    `${seeds[0]}`,
    '--engine',
    'simd',
  ];
}
