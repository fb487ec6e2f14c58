import { digestOf } from '../../../platform/process/machine.ts';
import { replaceFile } from '#platform/atomic-write.js';
import { isMissing, readBytes, removeAll } from '#platform/files.js';
import { join } from '#platform/paths.js';
import { isPlain } from '../../../checks.ts';
import { DataError, show } from '../../../errors.ts';
import { inWords } from '../../../interop/system-error.ts';
import { standing } from '../../../report/study/how-sure.ts';
import type { StudyRecord, TrialRecord } from '../../../report/study/study-record.ts';
import type { Scores } from '../../../train/history.ts';
import { trainCommand } from '../../commands/train.ts';
import type { TrainOptions } from '../../data/train-options.ts';
import type { Interrupt } from '../../interrupt.ts';
import type { Output } from '../../output.ts';
import { runTrain } from '../run-train.ts';
import { trainWords } from './train-words.ts';

/** The best trial of a study as a saved classifier: what `best.json` in its folder says. */
export interface BestModel {
  readonly trial: number;
  readonly epochs: number;
  /** The folder that `keepgate predict` opens. */
  readonly folder: string;
  /** On the texts that trials are scored on, with the first seed. */
  readonly validation: Scores;
  /** On texts that no trial has seen; null where none were given. */
  readonly test: { readonly file: string; readonly sha256: string | null; readonly scores: Scores } | null;
}

/** Nothing is shown of a training that is a part of something else. */
const SILENT: Output = { line() {}, columns() {}, table() {}, record() {}, warn() {} };

/** What there is of the best trial's model; null where it was not trained, or is that of another trial. */
export async function readBest(record: StudyRecord, study: string): Promise<BestModel | null> {
  const path = join(study, 'best.json');
  let said: unknown;
  try {
    said = JSON.parse(new TextDecoder().decode(await readBytes(path)));
  } catch (error) {
    if (isMissing(error)) return null;
    if (!(error instanceof SyntaxError))
      throw new DataError(`search: ${show(path)} was to be read, but ${inWords(error)}`);
  }
  const best = standing(record)?.best;
  const isThat = isPlain(said) && said.trial === best?.number && said.epochs === best?.epochs;
  return isThat ? { ...(said as unknown as Omit<BestModel, 'folder'>), folder: join(study, 'best') } : null;
}

/**
 * Has the folder `best` of a study be the best trial, trained as its command does, and scored on the texts that are for that: once, as long
 * as it is the same trial and the same file.
 * @param test a file of texts that decide nothing
 */
export async function trainBest(
  record: StudyRecord,
  study: string,
  test: string | undefined,
  interrupt: Interrupt,
): Promise<BestModel> {
  const sha256 = test === undefined ? null : ((await digestOf(test))?.sha256 ?? null);
  const before = await readBest(record, study);
  if (before && (test === undefined || (before.test?.file === test && before.test.sha256 === sha256))) return before;
  const { best } = standing(record) as { readonly best: TrialRecord };
  const folder = join(study, 'best');
  const path = join(study, 'best.json');
  await orDataError(folder, async () => {
    await removeAll(path);
    await removeAll(folder);
  });
  const told = [...trainWords(record, best), '--out', folder, ...(test === undefined ? [] : ['--test', test])];
  const command = trainCommand(interrupt);
  command.parseOptions(told.slice(1));
  const { path: data } = record.texts as NonNullable<StudyRecord['texts']>;
  const { validation, test: tested } = await runTrain(data, command.opts<TrainOptions>(), interrupt, SILENT);
  const model: Omit<BestModel, 'folder'> = {
    trial: best.number,
    epochs: best.epochs,
    validation,
    test: test === undefined ? null : { file: test, sha256, scores: tested as Scores },
  };
  await orDataError(path, () => replaceFile(path, `${JSON.stringify(model)}\n`));
  return { ...model, folder };
}

async function orDataError(path: string, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    throw new DataError(`search: ${show(path)} was to be written, but ${inWords(error)}`);
  }
}
