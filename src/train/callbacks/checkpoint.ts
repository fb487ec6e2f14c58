import { expectFunction, expectPositive, expectWhole, optionsOf } from '../../checks.ts';
import { messageOf, OptionError, show } from '../../errors.ts';
import { useFolder } from '../../interop/folder/in-use.ts';
import { expectStepsUpTo } from '../../interop/folder/steps.ts';
import { writeCheckpoint } from '../checkpoints/checkpoint-folder.ts';
import type { Callback, TrainingRun } from './callback.ts';

/** What `checkpoint` is told. */
export interface CheckpointOptions {
  /** The folder, which has a folder for each checkpoint: `step-00000120`. */
  readonly dir: string;
  /**
   * 'epoch', the default: after each epoch. A number: also within an epoch, after the first step that ends so many seconds after the last
   * checkpoint. Always where the training ends, by a signal too.
   */
  readonly every?: 'epoch' | number;
  /** How many of the newest stay; 1 when left out. */
  readonly keep?: number;
  /** Is told at once of a checkpoint that could not be written, such as on a full disk; `history.warnings` has it in any case. */
  readonly onWarning?: (warning: string) => void;
}

/**
 * Writes down where a run stands, so that `fit({ resume: dir })` goes on from the newest checkpoint to the bits of one that never
 * stopped. Wherever a crash or a power cut ends it, the last whole checkpoint is there. Node only. A run that could not go on from files
 * is refused before it begins, and so is a folder with checkpoints of another run, or to which another run of this machine writes. When one cannot be written later, training goes on,
 * the last one stays, and there is one warning.
 * @throws OptionError for an option that is out of range; `fit` throws ModelError for a folder that cannot be written to
 * @example
 * ```ts
 * import { checkpoint, dense, key, meanSquaredError, sequential } from 'keepgate';
 *
 * const examples = { x: [[0], [1]], y: [[1], [3]] };
 * const told = { key: key(1), loss: meanSquaredError(), callbacks: [checkpoint({ dir: 'checkpoints' })] };
 * const model = sequential([dense({ units: 1 })]);
 * await model.fit(examples, { ...told, epochs: 2 });
 * await model.dispose();
 *
 * // Later, in another process.
 * const again = sequential([dense({ units: 1 })]);
 * const { epochs } = await again.fit(examples, { ...told, epochs: 3, resume: 'checkpoints' });
 * console.log(epochs.length, again.updates); // prints: 3 3
 * await again.dispose();
 * ```
 */
export function checkpoint(options: CheckpointOptions): Callback {
  const { dir, every, keep, onWarning } = checked(options);
  /** Where the run stood at the last one, or when it began, and when that was. */
  let last = { step: 0, epochs: 0, at: 0 };
  let warned = false;
  let release: (() => Promise<void>) | null = null;
  const isDue = ({ step, ending, history: { length: epochs } }: TrainingRun): boolean => {
    if (epochs > last.epochs) return true;
    return step > last.step && (ending || (every !== 'epoch' && performance.now() - last.at >= every * 1000));
  };
  return Object.freeze<Callback>({
    async onBegin(begin) {
      begin.expectSavable();
      await expectStepsUpTo(dir, begin.step);
      last = { step: begin.step, epochs: begin.epochs, at: performance.now() };
      warned = false;
    },
    async onPause(run) {
      release ??= await useFolder(dir);
      if (!isDue(run)) return;
      const state = await run.snapshot();
      try {
        await writeCheckpoint(dir, state, keep);
      } catch (error) {
        const warning = `checkpoint: none could be written after step ${run.step}, and training goes on; ${messageOf(error)}`;
        if (!warned) {
          run.warn(warning);
          onWarning?.(warning);
        }
        warned = true;
      }
      last = { step: run.step, epochs: run.history.length, at: performance.now() };
    },
    async onEnd() {
      await release?.();
      release = null;
    },
  });
}

function checked(options: CheckpointOptions): Required<CheckpointOptions> {
  const {
    dir,
    every = 'epoch',
    keep = 1,
    onWarning = () => {},
  } = optionsOf('checkpoint', options, {
    dir: true,
    every: true,
    keep: true,
    onWarning: true,
  });
  if (typeof dir !== 'string' || dir === '') {
    throw new OptionError(`checkpoint: the path of a folder was expected as dir, but ${show(dir)} came; pass one`);
  }
  if (every !== 'epoch') expectPositive('checkpoint', "every, which may be 'epoch' too", every);
  expectWhole('checkpoint', 'keep', keep, 1);
  expectFunction('checkpoint', 'onWarning', onWarning);
  return { dir, every, keep, onWarning };
}
