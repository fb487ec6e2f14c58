import type { Resource } from '../device/device.ts';

/** A kernel that will run: pure, so it may run for some of its outputs now and for others later. */
export interface Task {
  /** The place in the order of planning, in which inputs come before what is made of them. */
  readonly place: number;
  readonly inputs: readonly LazyBuffer[];
  readonly outputs: readonly LazyBuffer[];
  /** Make these outputs: a resource, and where each of them begins in it. */
  run(wanted: readonly LazyBuffer[]): Promise<{ readonly resource: Resource; readonly offsets: readonly number[] }>;
}

/** A resource, and how many buffers still lie in it. */
export interface Block {
  readonly resource: Resource;
  users: number;
}

/**
 * Where the numbers of a buffer are. It is planned, or on the host, when it is made; what was planned becomes resident, and
 * so do numbers of the host when a kernel first needs them. All end as freed.
 */
export type BufferState =
  /** A task will make them when somebody wants them. */
  | { readonly kind: 'planned'; readonly task: Task }
  /** They were uploaded, and no kernel needed them yet. */
  | { readonly kind: 'host'; readonly values: Float32Array }
  /** Where kernels find them: they begin at an offset in a block. */
  | { readonly kind: 'resident'; readonly block: Block; readonly offset: number }
  /** Nobody will read them any more. */
  | { readonly kind: 'freed' };

/**
 * Numbers that exist, or that a task will make when somebody wants them. Nothing is computed before it is read or
 * needed for what is read; so what no one wants is never computed.
 */
export class LazyBuffer {
  /** The memory that made it, to tell those of several engines apart. */
  readonly memory: object;
  state: BufferState;
  /** Nobody outside has a use for it any more; tasks may still read it. */
  released = false;
  /** Taken out of its scope, to live on: it will be wanted. */
  kept = false;
  /** Tasks that are not done and read it, and reads that wait for it. */
  readers = 0;

  constructor(memory: object, state: BufferState) {
    this.memory = memory;
    this.state = state;
  }

  get planned(): boolean {
    return this.state.kind === 'planned';
  }
}
