import { Counted, CountedHandles } from '../../engines/counted.ts';
import type { Handle, Ops } from '../../engines/ops.ts';
import type { EngineOption } from '../../engines/select.ts';
import { type EngineLease, leaseEngine } from '../../engines/shared.ts';
import { whenCollected } from '../../engines/when-collected.ts';

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
  /** Used by the model, and by its readers. */
  readonly #engine: Counted<EngineLease>;
  #trained: Trained = UNTRAINED;

  private constructor(engine: EngineLease) {
    const handles = new CountedHandles(engine.ops);
    this.ops = engine.ops;
    this.handles = handles;
    this.#engine = new Counted(engine, () => {
      // A run that nobody finished may hold some still.
      handles.releaseAll();
      return engine.release();
    });
  }

  static async open(option: EngineOption | undefined): Promise<Session> {
    return new Session(await leaseEngine(option));
  }

  get trained(): Trained {
    return this.#trained;
  }

  /** These weights are the model's from now on; the former ones go when their last reader has gone. */
  publish({ weights, updates, epochs }: Trained): void {
    this.handles.retain(Object.values(weights));
    this.handles.release(Object.values(this.#trained.weights));
    this.#trained = { weights, updates, epochs };
  }

  lease(): WeightsLease {
    const trained = this.#trained;
    const handles = Object.values(trained.weights);
    this.#engine.hold();
    this.handles.retain(handles);
    let released = false;
    return {
      ...trained,
      ops: this.ops,
      release: async () => {
        if (released) return;
        released = true;
        this.handles.release(handles);
        await this.#engine.letGo();
      },
    };
  }

  /** Use the weights of now, whatever happens to the model meanwhile. */
  async use<R>(work: (held: WeightsLease) => R | Promise<R>): Promise<R> {
    const held = this.lease();
    try {
      return await work(held);
    } finally {
      await held.release();
    }
  }

  /** The model has gone. */
  async close(): Promise<void> {
    this.publish(UNTRAINED);
    await this.#engine.letGo();
  }
}

/** The session of a model: opened when something first needs it, and closed with the model, or when nobody has the model. */
export class LazySession {
  readonly #engine: EngineOption | undefined;
  #session: Session | null = null;
  #opening: Promise<Session> | null = null;
  /** Ends the watch over an owner that closes the session by itself. */
  #unwatch: (() => void) | null = null;

  constructor(engine: EngineOption | undefined) {
    this.#engine = engine;
  }

  /** Null before it is opened. */
  get current(): Session | null {
    return this.#session;
  }

  /** @param owner the model: when it becomes garbage, the session ends */
  async open(owner: object): Promise<Session> {
    if (this.#session) return this.#session;
    this.#opening ??= Session.open(this.#engine);
    try {
      const session = await this.#opening;
      if (this.#session !== session) {
        this.#session = session;
        this.#unwatch = whenCollected(owner, () => session.close());
      }
      return session;
    } catch (error) {
      // An engine that could not be had may be asked for again.
      this.#opening = null;
      throw error;
    }
  }

  async close(): Promise<void> {
    const session = this.#session ?? (await this.#opening);
    this.#unwatch?.();
    this.#session = null;
    this.#opening = null;
    this.#unwatch = null;
    await session?.close();
  }
}
