import { expectBoolean, expectOneOf, expectWhole } from '../../checks.ts';
import { ModelError, OptionError } from '../../errors.ts';
import type { StateShape } from '../../layers/layer.ts';
import { carriedShapes } from '../carried-state.ts';
import type { Architecture } from '../model/network.ts';

/** What `fit` and `trainer` are told of sequences that are longer than an update. */
export interface ContinuationOptions {
  /**
   * Truncated backpropagation through time: sequences are cut into chunks of so many steps, an update each. The state goes on
   * from chunk to chunk, gradients do not. For models that predict every step. Whole sequences when left out.
   */
  readonly bptt?: number;
  /**
   * Sample i of a batch goes on where sample i of the batch before ended: samples are taken as they stand, and as many as
   * batches have rows. An epoch begins with zeros, and so does each sample of evaluation. False when left out.
   */
  readonly stateful?: boolean;
  /**
   * What becomes of masks where a sequence goes on, with `bptt` or `stateful`: 'redraw' draws others for each update, as most
   * language models do, and 'keep' has one for the whole of a sequence. 'redraw' when left out.
   */
  readonly masks?: 'keep' | 'redraw';
}

/** How sequences go on from update to update. */
export interface Continuation {
  /** Null where they are not cut. */
  readonly bptt: number | null;
  readonly stateful: boolean;
  readonly masks: 'keep' | 'redraw';
}

/** Null where each update has sequences of its own. @throws OptionError when an option is not what it can be */
export function continuationOf({ bptt, stateful = false, masks }: ContinuationOptions): Continuation | null {
  if (bptt !== undefined) expectWhole('fit', 'bptt', bptt, 1);
  expectBoolean('fit', 'stateful', stateful);
  if (masks !== undefined) expectOneOf('fit', 'masks', masks, ['keep', 'redraw']);
  if (bptt !== undefined || stateful) return { bptt: bptt ?? null, stateful, masks: masks ?? 'redraw' };
  if (masks === undefined) return null;
  throw new OptionError(
    'fit: bptt or stateful was expected beside masks, but neither came; masks of a batch are its own',
  );
}

/** The options that a continuation stands for. */
export function continuationOptions(continuation: Continuation | null | undefined): ContinuationOptions {
  if (!continuation) return {};
  const { bptt, stateful, masks } = continuation;
  return { stateful, masks, ...(bptt === null ? {} : { bptt }) };
}

/**
 * What is carried from update to update, by path; null where nothing is.
 * @throws ModelError for a model whose sequences cannot go on so
 */
export function shapesToCarry(
  architecture: Architecture,
  continuation: Continuation | null,
): Readonly<Record<string, StateShape>> | null {
  if (!continuation) return null;
  const { bptt, stateful } = continuation;
  const option = bptt === null ? 'stateful' : 'bptt';
  const shapes = carriedShapes(`fit: ${option}`, architecture, `leave ${option} out`);
  if (bptt !== null && Object.values(architecture.outputs).some(({ over }) => over !== 'time')) {
    throw new ModelError(
      'fit: bptt: a model that predicts every step was expected, but this one has one prediction for the whole sequence; set returnSequences: true, or leave bptt out',
    );
  }
  return stateful || bptt !== null ? shapes : null;
}
