import type { Handle, Ops } from '../engines/ops.ts';
import { uploadAll } from '../engines/upload-all.ts';
import { DivergedError, EngineError } from '../errors.ts';
import { type KeptWeights, readAll } from './checkpoints/run-state.ts';
import type { MeanWeights } from './averaging/averaging.ts';
import type { Session, Trained } from './model/session.ts';
import type { TrainingState } from './step.ts';

/** Weights, and what training needs besides to go on from them. */
export interface Standing extends TrainingState {
  /** Their mean since averaging began; null before, and where nothing is averaged. */
  readonly mean: MeanWeights | null;
}

/**
 * The weights over time. A step's loss tells whether the weights it started from are good, so those before them are
 * kept until then: when a loss is not finite, training goes back to the last weights that gave one that was. Numbers of the host are
 * left when a device is lost: those of the last epoch, and those that were kept for the end of the run.
 */
export class Lineage {
  readonly #session: Session;
  #current: Standing & Trained;
  #previous: (Standing & Trained) | null = null;
  /** The weights of the end of the last epoch. */
  #copy: KeptWeights | null = null;
  #kept: KeptWeights | null;

  /** @param session has the weights to begin with */
  constructor(session: Session, begun: Omit<Standing, 'weights'>, kept: KeptWeights | null) {
    this.#session = session;
    this.#current = { ...session.trained, ...begun };
    this.#kept = kept;
    session.handles.retain([...weightsOf(this.#current), ...Object.values(begun.slots)]);
    session.publish(judged(this.#current));
  }

  get state(): Standing & Trained {
    return this.#current;
  }

  /** What the model gets at the end; null where those are the last weights. */
  get kept(): KeptWeights | null {
    return this.#kept;
  }

  /** The current weights gave a finite loss, and these are the next. */
  advance(next: Standing): void {
    const { handles } = this.#session;
    handles.retain([...weightsOf(next), ...Object.values(next.slots)]);
    handles.release(Object.values(this.#current.slots));
    if (this.#previous) handles.release(weightsOf(this.#previous));
    const { updates, epochs } = this.#current;
    this.#previous = this.#current;
    this.#current = { ...next, updates: updates + 1, epochs };
    this.#session.publish(judged(this.#current));
  }

  /** The state if an epoch ended with this mean. */
  ending(mean: MeanWeights | null): Standing & Trained {
    return { ...this.#current, mean, epochs: this.#current.epochs + 1 };
  }

  /** Another epoch is over. @param next what {@link ending} gave */
  endEpoch(next: Standing & Trained): void {
    this.#session.handles.retain(weightsOf(next));
    this.#session.handles.release(weightsOf(this.#current));
    this.#current = next;
    this.#session.publish(judged(this.#current));
  }

  /** Have what a state is judged by on the host as well, if that is finite. */
  async copyToHost(state: Standing & Trained = this.#current): Promise<KeptWeights | null> {
    const { weights, updates, epochs } = judged(state);
    const had = this.#copy;
    if (had && had.updates === updates && had.epochs === epochs) return had;
    const copy = { weights: await readAll(this.#session.ops, weights), updates, epochs };
    if (!Object.values(copy.weights).every(({ data }) => data.every(Number.isFinite))) return null;
    this.#copy = copy;
    return copy;
  }

  /** The model is to get the current weights at the end. @returns whether they are finite; else nothing is changed */
  async keep(): Promise<boolean> {
    const copy = await this.copyToHost();
    this.#kept = copy ?? this.#kept;
    return copy !== null;
  }

  /**
   * Let go of everything, and leave to the session the weights to go on with.
   * @param failed what ended the run; undefined where it ended well
   */
  async finish(failed: unknown): Promise<void> {
    const session = this.#session;
    const current = this.#current;
    const previous = { ...(this.#previous ?? current), epochs: current.epochs };
    session.publish(judged(failed instanceof DivergedError ? previous : current));
    session.handles.release([...weightsOf(current), ...Object.values(current.slots)]);
    if (this.#previous) session.handles.release(weightsOf(this.#previous));
    if (this.#kept) session.publish(uploaded(session.ops, this.#kept));
    else if (failed instanceof EngineError) await this.#expectReadable(session);
  }

  /** Where the engine cannot give the weights any more, they are those of the copy. */
  async #expectReadable(session: Session): Promise<void> {
    try {
      await readAll(session.ops, session.trained.weights);
    } catch {
      if (this.#copy) session.publish(uploaded(session.ops, this.#copy));
    }
  }
}

/** What evaluation has. */
export function judged({ weights, mean, updates, epochs }: Standing & Trained): Trained {
  return { weights: mean?.weights ?? weights, updates, epochs };
}

/** All handles of weights. */
export function weightsOf({ weights, mean }: Standing): Handle[] {
  return [...Object.values(weights), ...Object.values(mean?.weights ?? {})];
}

/** On the engine again. */
function uploaded(ops: Ops, { weights, updates, epochs }: KeptWeights): Trained {
  return { weights: uploadAll(ops, weights), updates, epochs };
}
