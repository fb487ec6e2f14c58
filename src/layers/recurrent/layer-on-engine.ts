import { Counted } from '../../engines/counted.ts';
import type { Handle, MemoryScope, Ops } from '../../engines/ops.ts';
import type { EngineOption } from '../../engines/select.ts';
import { type EngineLease, leaseEngine } from '../../engines/shared.ts';
import { uploadAll } from '../../engines/upload-all.ts';
import type { Tensor } from '../../tensor/tensor.ts';

type Weights = Readonly<Record<string, Handle>>;
type Tensors = Readonly<Record<string, Tensor>>;

/** What one run has on an engine. */
export interface RunMemory {
  readonly ops: Ops;
  readonly weights: Weights;
  /** What is made in it is freed by `close`. */
  readonly scope: MemoryScope;
  /** Give it all back. A second call does nothing. */
  readonly close: () => void;
}

/**
 * What a layer keeps on an engine from run to run: its share of the engine, and its weights. A run holds them too, so
 * that it can go on when the layer has others, or none.
 */
export class LayerOnEngine {
  readonly #option: EngineOption | undefined;
  #leasing: Promise<Counted<EngineLease>> | null = null;
  #weights: Counted<Weights> | null = null;
  /** How often the weights were let go of. */
  #drops = 0;

  constructor(option: EngineOption | undefined) {
    this.#option = option;
  }

  /** @param current the layer's weights as the run begins, or as they will be, to be uploaded if they are not there yet */
  async open(current: Tensors | Promise<Tensors>): Promise<RunMemory> {
    const drops = this.#drops;
    const tensors = await current;
    this.#leasing ??= leaseEngine(this.#option).then((lease) => new Counted(lease, () => lease.release()));
    const leasing = this.#leasing;
    // Held in the moment when it comes: nobody can let go of it in between.
    const lease = await leasing.then(
      (counted) => counted.hold(),
      (error) => {
        // An engine that could not be had may be asked for again.
        if (this.#leasing === leasing) this.#leasing = null;
        throw error;
      },
    );
    const { ops } = lease.value;
    try {
      // While this run waited, the layer may have been disposed of, or given other weights.
      const isKept = this.#drops === drops;
      const weights = (isKept && this.#weights?.hold()) || upload(ops, tensors);
      if (isKept) this.#weights ??= weights.hold();
      return runMemory(lease, weights);
    } catch (error) {
      await lease.letGo();
      throw error;
    }
  }

  /** Let go of the weights: there will be others. */
  dropWeights(): void {
    this.#drops += 1;
    this.#weights?.letGo();
    this.#weights = null;
  }

  /** Let go of all; the next run begins anew. */
  async dispose(): Promise<void> {
    const leasing = this.#leasing;
    this.#leasing = null;
    try {
      this.dropWeights();
    } finally {
      const lease = await leasing?.catch(() => null);
      await lease?.letGo();
    }
  }
}

function upload(ops: Ops, weights: Tensors): Counted<Weights> {
  const handles = uploadAll(ops, weights);
  return new Counted(handles, () => ops.release(Object.values(handles)));
}

function runMemory(lease: Counted<EngineLease>, weights: Counted<Weights>): RunMemory {
  const { ops } = lease.value;
  const scope = ops.openScope();
  let open = true;
  return {
    ops,
    weights: weights.value,
    scope,
    close: () => {
      if (!open) return;
      open = false;
      try {
        scope.dispose();
        weights.letGo();
      } finally {
        void lease.letGo();
      }
    },
  };
}
