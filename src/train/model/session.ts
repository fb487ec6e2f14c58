import { CountedHandles } from '../../engines/counted-handles.ts';
import type { Handle, Ops, Shape } from '../../engines/ops.ts';
import type { EngineOption } from '../../engines/select.ts';
import { type EngineLease, leaseEngine } from '../../engines/shared.ts';

/** Weights by path, and how much training made them of fresh ones. */
export interface Trained {
  readonly weights: Readonly<Record<string, Handle>>;
  readonly updates: number;
  /** Finished ones. */
  readonly epochs: number;
}

export const UNTRAINED: Trained = { weights: {}, updates: 0, epochs: 0 };

/** Weights that stay as they are until `release`, whatever happens to the model meanwhile. */
export interface WeightsLease extends Trained {
  readonly ops: Ops;
  release(): Promise<void>;
}

/**
 * What a model holds on an engine: its weights, and a share of the engine itself. Both stay for as long as the model or a
 * reader needs them. It knows nothing of its model, so that it can end what a model left that nobody disposed of.
 */
export class Session {
  readonly ops: Ops;
  /** Who needs which handle: versions of weights share those that an update did not change. */
  readonly handles: CountedHandles;
  readonly #engine: EngineLease;
  #trained: Trained = UNTRAINED;
  /** The model, and its readers. */
  #users = 1;

  private constructor(engine: EngineLease) {
    this.#engine = engine;
    this.ops = engine.ops;
    this.handles = new CountedHandles(engine.ops);
  }

  static async open(option: EngineOption | undefined): Promise<Session> {
    return new Session(await leaseEngine(option));
  }

  get trained(): Trained {
    return this.#trained;
  }

  /** These weights are the model's from now on; the former ones go when their last reader has gone. */
  publish(trained: Trained): void {
    this.handles.retain(Object.values(trained.weights));
    this.handles.release(Object.values(this.#trained.weights));
    this.#trained = trained;
  }

  lease(): WeightsLease {
    const trained = this.#trained;
    const handles = Object.values(trained.weights);
    this.#users += 1;
    this.handles.retain(handles);
    let released = false;
    return {
      ...trained,
      ops: this.ops,
      release: async () => {
        if (released) return;
        released = true;
        this.handles.release(handles);
        await this.#leave();
      },
    };
  }

  /** The model has gone. */
  async close(): Promise<void> {
    this.publish(UNTRAINED);
    await this.#leave();
  }

  async #leave(): Promise<void> {
    this.#users -= 1;
    if (this.#users > 0) return;
    // A run that nobody finished may hold some still.
    this.handles.releaseAll();
    await this.#engine.release();
  }
}

/** Numbers on an engine, all of them or none. */
export function uploadAll(
  ops: Ops,
  values: Readonly<Record<string, { toFlat(): ArrayLike<number>; readonly shape: Shape }>>,
): Record<string, Handle> {
  const scope = ops.openScope();
  try {
    const uploaded = scope.run(() =>
      Object.entries(values).map(([path, value]) => [path, ops.upload(value.toFlat(), value.shape)] as const),
    );
    scope.keep(uploaded.map(([, handle]) => handle));
    return Object.fromEntries(uploaded);
  } finally {
    scope.dispose();
  }
}
