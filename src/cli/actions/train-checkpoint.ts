import { join } from '#platform/paths.js';
import { isPlain } from '../../checks.ts';
import { AbortError, DivergedError, ModelError, OptionError, show } from '../../errors.ts';
import { expectNotInUse } from '../../interop/folder/in-use.ts';
import { newestStep, removeSteps } from '../../interop/folder/steps.ts';
import { inWords } from '../../interop/system-error.ts';
import type { Callback } from '../../train/callbacks/callback.ts';
import { checkpoint } from '../../train/callbacks/checkpoint.ts';
import { readCheckpoint } from '../../train/checkpoints/checkpoint-folder.ts';
import type { RunState } from '../../train/checkpoints/run-state.ts';
import { Interrupted } from '../interrupt.ts';
import type { Output } from '../output.ts';

/** Within an epoch there is a checkpoint after so many seconds, after the next step. */
const SECONDS = 30;

/** What the state of the command is kept by in checkpoints. */
const NAME = 'keepgate train';

/** May be others when a training goes on: they change nothing of its weights, or make it longer. */
const FREE = new Set(['out', 'resume', 'json', 'report', 'epochs', 'engine', 'mode', 'threads', 'wide']);

/** The options that a training began with, by name. */
type Told = Readonly<Record<string, unknown>>;

/** The checkpoint that a training keeps in the folder of its model, until that is saved. */
export class TrainCheckpoint {
  readonly #out: string;
  readonly #dir: string;
  readonly #told: Told;
  #fingerprint = '';
  /** Where the training goes on; null where it begins. */
  readonly #state: RunState | null;

  private constructor(out: string, dir: string, told: Told, state: RunState | null) {
    this.#out = out;
    this.#dir = dir;
    this.#told = told;
    this.#state = state;
  }

  /**
   * @param out the folder of the model
   * @throws OptionError where one is there and the training is not to go on from it, or other options came; ModelError where none is
   *   there to go on from, it is damaged, or another training is at work there
   */
  static async open(out: string, options: object & { readonly resume: boolean }): Promise<TrainCheckpoint> {
    const dir = join(out, '.keepgate-checkpoint');
    const told = Object.fromEntries(Object.entries(options).filter(([name]) => !FREE.has(name)));
    await expectNotInUse(dir);
    if (options.resume) {
      const state = await readCheckpoint(dir);
      const { told: before } = Object(state.callbacks[NAME]) as { readonly told?: unknown };
      expectSame(dir, before, told);
      return new TrainCheckpoint(out, dir, told, state);
    }
    if ((await newestStep(dir)) !== null) {
      throw new OptionError(
        `train: a folder without a training that was stopped was expected as --out, but ${show(out)} has one; add --resume to go on from it, or remove ${dir} to begin anew`,
      );
    }
    return new TrainCheckpoint(out, dir, told, null);
  }

  /** Where the training goes on; null where it begins. @throws ModelError for other texts than those that it began with */
  from(fingerprint: string): RunState | null {
    this.#fingerprint = fingerprint;
    const state = this.#state;
    if (state && Object(state.callbacks[NAME]).fingerprint !== fingerprint) {
      throw new ModelError(
        `--resume: the texts were expected that the training began with, but others came; give the same ones, or remove ${this.#dir} to begin anew`,
      );
    }
    return state;
  }

  /** What writes it. */
  callbacks(out: Output): readonly Callback[] {
    return [
      {
        name: NAME,
        onPause() {},
        state: () => ({ told: this.#told, fingerprint: this.#fingerprint }),
        restore() {},
      },
      checkpoint({ dir: this.#dir, every: SECONDS, onWarning: (warning) => out.warn(warning) }),
    ];
  }

  /** What is thrown in place of an error that ended the training: it says how to go on, or to have what there was. */
  async explained(error: unknown): Promise<unknown> {
    const isDiverged = error instanceof DivergedError;
    if (!isDiverged && !(error instanceof AbortError)) return error;
    const step = await newestStep(this.#dir);
    if (step === null) return error;
    if (isDiverged) {
      // Going on would end in the same step.
      const { history, batches, kept } = await readCheckpoint(this.#dir);
      const { length } = history;
      const isWhole = batches === 0 || Boolean(kept);
      const advice =
        isWhole && length > 0
          ? `the same command with --resume and --epochs ${length} saves what there was after epoch ${length}`
          : `what there was after step ${step}, in the midst of epoch ${length + 1}, is in ${this.#dir}`;
      return new DivergedError(`${error.message}; ${advice}`, error.step);
    }
    return new Interrupted(
      `Ctrl-C stopped it; what was done is kept in ${show(this.#out)}, up to step ${step}: the same command with --resume goes on`,
    );
  }

  /** The training has ended well. @returns a warning where it could not be removed */
  async remove(): Promise<string[]> {
    try {
      await removeSteps(this.#dir);
      return [];
    } catch (error) {
      return [`${this.#dir} is not needed any more and was to be removed, but ${inWords(error)}`];
    }
  }
}

/** @throws OptionError for an option that the training did not begin with */
function expectSame(dir: string, before: unknown, told: Told): void {
  if (!isPlain(before)) {
    throw new ModelError(
      `--resume: a checkpoint of this command was expected in ${dir}, but one of another program came; choose another --out`,
    );
  }
  for (const name of new Set([...Object.keys(before), ...Object.keys(told)])) {
    const [wanted, came] = [before[name], told[name]].map((value) => JSON.stringify(value));
    if (wanted === came) continue;
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    throw new OptionError(
      `--resume: ${flag} ${wanted ?? 'left out'} was expected, as the training began with it, but ${came ?? 'none'} came; give the same command`,
    );
  }
}
