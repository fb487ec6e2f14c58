import { makeFolder, readBytes, removeAll } from '#platform/files.js';
import { createEngine } from '../../engines/select.ts';
import type { Ops } from '../../engines/ops.ts';
import { DataError, show } from '../../errors.ts';
import { dense } from '../../layers/dense/dense.ts';
import { embedding } from '../../layers/embedding/embedding.ts';
import { bidirectional, gru, lstm, rnn } from '../../layers/recurrent/recurrent-layers.ts';
import { splitScheme } from '../../layers/split-scheme.ts';
import { parseScheme } from '../../masks/schemes/parse.ts';
import { fold, key } from '../../random/key.ts';
import { deduplicate, expectLabelled, type LabelledTexts, split } from '../../text/labelled.ts';
import { readLabelled } from '../../text/readers/read-labelled.ts';
import type { Callback } from '../../train/callbacks/callback.ts';
import { readCheckpoint, writeCheckpoint } from '../../train/checkpoints/checkpoint-folder.ts';
import type { RunState } from '../../train/checkpoints/run-state.ts';
import { TextClassifier } from '../../train/classifier/text-classifier.ts';
import { stratifiedKFold } from '../../train/comparison/stratified-k-fold.ts';
import type { Epoch } from '../../train/history.ts';
import { restoreOptimizer } from '../../train/optimizers/optimizers.ts';
import { inWords } from '../../interop/system-error.ts';
import { canonicalJson, hashOf } from '../canonical-json.ts';
import type { EpochScores, Places, Task } from '../job.ts';
import { TRAINING_DEFAULTS } from '../training-options.ts';
import type { Trial } from './train-function.ts';

/** Those of a training, each of which a trial may have otherwise. */
type Settings = { readonly [N in keyof typeof TRAINING_DEFAULTS]: Widened<(typeof TRAINING_DEFAULTS)[N]> } & {
  readonly cell: 'lstm' | 'gru' | 'rnn';
  readonly level: 'word' | 'char';
};
type Widened<V> = V extends string ? string : V extends number ? number : boolean;
type TextTask = Extract<Task, { kind: 'texts' }>;

interface Texts {
  readonly data: LabelledTexts;
  readonly hash: string;
  /** Those that trials are scored on; null where some of the data are held out for it. */
  readonly validation: LabelledTexts | null;
  readonly validationHash: string | null;
}

/**
 * The texts of a study, each once, and their hash: it is of what is in them, and not of how a file has it.
 * @throws DataError for what cannot be read, and for a label that no text to train on has
 */
export async function readTexts({
  path,
  reading,
  validation: file,
  packed,
}: NonNullable<Places['texts']>): Promise<Texts> {
  const read = (from: string): Promise<LabelledTexts> => (packed ? readPacked(from) : readLabelled(from, reading));
  const hashed = ({ texts, labels }: LabelledTexts): Promise<string> => hashOf({ texts, labels });
  const data = deduplicate(await read(path));
  const validation = file === undefined ? null : await read(file);
  const classes = new Set(data.labels);
  const stray = validation?.labels.find((label) => !classes.has(label));
  if (stray !== undefined) {
    throw new DataError(
      `search: validation: labels of ${path} were expected, but ${show(stray)} came in ${file}; no text to train on has it`,
    );
  }
  return { data, hash: await hashed(data), validation, validationHash: validation && (await hashed(validation)) };
}

/** Texts as one machine sends them to another: their canonical JSON, whose SHA-256 is their hash. */
export function packTexts({ texts, labels }: LabelledTexts): string {
  return canonicalJson({ texts, labels });
}

/** @throws DataError where something else is there */
async function readPacked(path: string): Promise<LabelledTexts> {
  let packed: unknown;
  try {
    packed = JSON.parse(new TextDecoder().decode(await readBytes(path)));
  } catch (error) {
    throw new DataError(`search: texts were expected in ${path}, but ${inWords(error)}`);
  }
  const { texts, labels } = Object(packed);
  const data = { texts, labels };
  expectLabelled('search', data);
  return data;
}

/** Trains text classifiers as `keepgate train` does, on one thread. */
export class TextTrainer {
  readonly #place: NonNullable<Places['texts']>;
  #texts: Texts | null = null;
  #engine: Ops | null = null;

  constructor(place: NonNullable<Places['texts']>) {
    this.#place = place;
  }

  /** Sees that the texts are those of the job. @throws DataError where they are not */
  async prepare(task: TextTask): Promise<void> {
    this.#texts ??= await readTexts(this.#place);
    this.#engine ??= await createEngine('simd', { threads: 1 });
    if (this.#texts.hash === task.texts && this.#texts.validationHash === (task.validation ?? null)) return;
    throw new DataError(
      `search: the texts that the study began with were expected in ${this.#place.path}, but others are there; put them back`,
    );
  }

  /**
   * @param signal ends it after the step that is under way, with a checkpoint from which the same training goes on
   * @throws DivergedError, AbortError, and whatever refuses the training
   */
  async train(
    trial: Trial,
    task: TextTask,
    onEpoch: (scores: EpochScores) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    const { seed, from, to } = trial;
    const { train, test } = this.#parts(task, seed, trial.fold);
    const settings = { ...TRAINING_DEFAULTS, ...trial.params } as Settings;
    const { level, maxLength, minCount, optimizer, learningRate, batchSize, clipNorm } = settings;
    const layers = layersOf(settings, trial.scheme);
    const engine = this.#engine as Ops;
    const classifier = TextClassifier.from(train, { level, maxLength, minCount, layers, engine });
    const stopped = await readStopped(trial.folder);
    for (const epoch of stopped?.history ?? []) if (epoch.epoch > from) onEpoch(flat(epoch));
    if (stopped && stopped.history.length >= to) return classifier.model.dispose();
    const resume = stopped ?? (trial.resume === null ? null : await readCheckpoint(trial.resume));
    let state: RunState | null = null;
    const keeper: Callback = {
      onEpoch(epoch) {
        if (epoch.epoch > from) onEpoch(flat(epoch));
      },
      async onPause(run) {
        if (run.ending) state = await run.snapshot();
      },
    };
    try {
      await classifier.fit(train, {
        key: key(seed),
        epochs: to,
        batchSize,
        clipNorm,
        optimizer: restoreOptimizer({ type: optimizer, learningRate }),
        metrics: ['accuracy'],
        validation: test,
        callbacks: [keeper],
        ...(resume === null ? {} : { resume }),
        ...(signal === undefined ? {} : { signal }),
      });
      if (state) await keep(trial.folder, state);
    } catch (error) {
      if (state && signal?.aborted) await keep(trial.folder, state);
      throw error;
    } finally {
      await classifier.model.dispose();
    }
  }

  #parts({ holdout, folds }: TextTask, seed: number, number: number): { train: LabelledTexts; test: LabelledTexts } {
    const { data, validation } = this.#texts as Texts;
    if (validation !== null) return { train: data, test: validation };
    if (folds === null) return split(data, holdout, fold(key(seed), 'split'));
    return stratifiedKFold(data, { folds, key: fold(key(seed), 'split') })[number] as ReturnType<typeof split>;
  }
}

/** Where a training of the same job was stopped; null where it was not, or what it left is damaged: then it begins anew. */
async function readStopped(folder: string): Promise<RunState | null> {
  try {
    return await readCheckpoint(folder);
  } catch {
    return null;
  }
}

/** Where something damaged stands in the way, it is removed. */
async function keep(folder: string, state: RunState): Promise<void> {
  try {
    await writeCheckpoint(folder, state, 1);
  } catch {
    await removeAll(folder);
    await makeFolder(folder);
    await writeCheckpoint(folder, state, 1);
  }
}

function layersOf(settings: Settings, scheme: string) {
  const { cell: inCell, embedding: inEmbedding } = splitScheme(parseScheme(scheme));
  const { units, layers, embedding: width } = settings;
  const cell = { lstm, gru, rnn }[settings.cell]({ units, layers, dropout: inCell });
  return ({ vocabulary, classes, unknown }: { vocabulary: number; classes: number; unknown: number }) => [
    embedding({ vocabulary, units: width, dropout: inEmbedding, unknown }),
    settings.bidirectional ? bidirectional(cell) : cell,
    dense({ units: classes }),
  ];
}

function flat({ training, validation }: Epoch): EpochScores {
  const named = (part: string, scores: object): [string, number][] =>
    Object.entries(scores).map(([name, value]) => [`${part}.${name}`, value as number]);
  return Object.fromEntries([...named('training', training), ...named('validation', validation ?? {})]);
}
