import { expectWhole, optionsOf } from '../../checks.ts';
import type { GiveWay, StopSignal } from '../../engines/give-way.ts';
import type { Indices, Ops } from '../../engines/ops.ts';
import { ModelError, show } from '../../errors.ts';
import type { Batch, Layer } from '../../layers/layer.ts';
import type { LengthsLike } from '../../layers/recurrent/lengths.ts';
import { peakRate } from '../../masks/dropout-rate.ts';
import { joinPlans } from '../../masks/join-plans.ts';
import type { SiteRule } from '../../masks/scheme.ts';
import { SITES } from '../../masks/sites.ts';
import { fold, type Key, key as seedKey, wordsOf } from '../../random/key.ts';
import { type Nested, sizeOf } from '../../tensor/tensor.ts';
import { inOrder } from '../../text/bucketing.ts';
import { meanOf } from '../comparison/spread.ts';
import { uploadInputs } from '../examples/batch.ts';
import { type CheckedExamples, pickInputs } from '../examples/examples.ts';
import type { Loss } from '../losses/loss.ts';
import { linkOf } from '../losses/loss-by-head.ts';
import type { Network } from '../model/network.ts';
import { drawing, type PlanSource, runLayers } from '../pass.ts';
import { readByHead } from './read-predictions.ts';

/** What `predictMC` is told. */
export interface MonteCarloOptions {
  /** How many times each sample is predicted: 50 and more. */
  readonly passes: number;
  /** Draws the masks; key(0) when left out. */
  readonly key?: Key;
  /** The number of the first sample, when x is a part of a larger whole under the same key; 0 when left out. */
  readonly first?: number;
  /** Valid steps of each sample, where x is padded behind them; all are valid when left out. */
  readonly lengths?: LengthsLike | Readonly<Record<string, LengthsLike>>;
  /** Ends the work after the batch that is under way, with an AbortError. */
  readonly signal?: StopSignal;
}

/** What `predictMC` gives: for one output `Uncertainty[]`, or a list of one for each step; for several such by name. */
export type UncertaintyOf = readonly (Uncertainty | readonly Uncertainty[])[];

/** What the passes say of one sample, or of one of its steps. */
export interface Uncertainty {
  /** The mean prediction, [units]: of probabilities, not of their logarithms. */
  readonly mean: readonly number[];
  /** The variance over the passes, [units]. */
  readonly variance: readonly number[];
  /** The entropy of the mean, in nats: how unsure the model is, for whatever reason. 0 for values. */
  readonly entropy: number;
  /** The part of the entropy that is the passes' disagreement, in nats: what more data could teach it. 0 for values. */
  readonly mutualInformation: number;
}

/** Samples that are taken together, as in evaluation; each pass over them has a row for each. */
const SAMPLES = 64;

/** More passes than anybody waits for. */
const MOST_PASSES = 1_000_000;

/** Samples that are enough for a pass alone, where it saves something. */
const SHARING_SAMPLES = 32;

/** Rows times steps that several passes may fill, where sequences are short: more rows make nothing faster. */
const ROW_STEPS = 6400;

/**
 * A pass differs from evaluation in its plans alone: what else a layer may do in training, it does not do here. The masks
 * of a sample in pass p depend on fold(key, p) and the sample's number, so many passes can share a batch, and what comes
 * before the first layer that drops is computed once for all of them.
 */
export async function predictMonteCarlo(
  network: Network,
  x: Pick<CheckedExamples, 'x' | 'steps'>,
  loss: Loss | null,
  options: MonteCarloOptions,
  giveWay: GiveWay,
): Promise<Record<string, UncertaintyOf>> {
  const {
    passes,
    key = seedKey(0),
    first = 0,
  } = optionsOf('predictMC', options, { passes: true, key: true, first: true, lengths: true, signal: true });
  expectWhole('predictMC', 'passes', passes, 2, MOST_PASSES);
  wordsOf('predictMC', key);
  expectWhole('predictMC', 'first', first, 0);
  const passKeys = Array.from({ length: passes }, (_, pass) => fold(key, pass));
  const found = Object.fromEntries(Object.keys(network.outputs).map((name) => [name, [] as UncertaintyOf[number][]]));
  for (const picked of inOrder(x.steps.length, SAMPLES)) {
    const sources = passKeys.map((passKey) => drawing(passKey, first + (picked[0] as number)));
    const ofPasses = await predictPasses(network, pickInputs(x, picked), loss, sources, giveWay);
    for (const [name, rows] of Object.entries(ofPasses)) {
      const link = linkOf(loss, name);
      found[name]?.push(
        ...picked.map((_, sample) => {
          const ofSample = sources.map((_, pass) => rows[pass * picked.length + sample] as number[] | number[][]);
          return summariseEach(ofSample, link);
        }),
      );
    }
  }
  return found;
}

/**
 * Predict the same samples in several passes.
 * @param sources the plans of each pass
 * @returns rows [pass, sample] of each output
 */
async function predictPasses(
  network: Network,
  samples: Pick<CheckedExamples, 'x' | 'steps'>,
  loss: Loss | null,
  sources: readonly PlanSource[],
  giveWay: GiveWay,
): Promise<Record<string, Nested[]>> {
  const { ops, layers, weights, progress, inputs, outputs } = network;
  const firstDropping = layers.findIndex((layer) => drops(layer, () => true));
  const first = firstDropping === -1 ? layers.length : firstDropping;
  const outer = ops.openScope();
  try {
    const once = outer.run((): Readonly<Record<string, Batch>> => {
      const batch = uploadInputs(ops, inputs, samples);
      if (first === 0) return batch;
      const plans = undrawn(sources[0] as PlanSource);
      return runLayers(ops, layers.slice(0, first), weights, batch, plans, { progress }).flows;
    });
    const rows: Record<string, Nested[]> = Object.fromEntries(Object.keys(outputs).map((name) => [name, []]));
    for (const picked of inOrder(sources.length, passesInBatch(layers, once, sources.length))) {
      const plans = joining(picked.map((pass) => sources[pass] as PlanSource));
      const inner = ops.openScope();
      try {
        const batch = inner.run(() =>
          Object.fromEntries(Object.entries(once).map(([name, one]) => [name, repeat(ops, one, picked.length)])),
        );
        const pass = inner.run(() => runLayers(ops, layers, weights, batch, plans, { first, progress }));
        for (const [name, found] of Object.entries(await readByHead(ops, outputs, pass.outputs, loss)))
          rows[name]?.push(...found);
      } finally {
        inner.dispose();
      }
      await giveWay.turn();
    }
    return rows;
  } finally {
    outer.dispose();
  }
}

/** Whether any of the layers ever drops: else all passes of a model are the same. */
export function everDrops(layers: readonly Layer[]): boolean {
  return layers.some((layer) => drops(layer, () => true));
}

/** Whether a layer's scheme ever drops at a site of this kind. */
function drops({ scheme = [] }: Layer, where: (rule: SiteRule) => boolean): boolean {
  return scheme.some((rule) => peakRate(rule.rate) > 0 && where(rule));
}

/**
 * How many passes go into one batch, all batches about alike. One, where all rows of a batch share dropped weights; and where the samples
 * of a pass share their masks, if they are many enough to be taken alone: engines may leave out what all rows drop.
 */
function passesInBatch(layers: readonly Layer[], once: Readonly<Record<string, Batch>>, passes: number): number {
  const batches = Object.values(once);
  const batch = batches[0]?.batch as number;
  const time = batches.reduce((longest, one) => Math.max(longest, one.time), 1);
  if (layers.some((layer) => drops(layer, ({ site }) => SITES[site].ofWeights))) return 1;
  if (batch >= SHARING_SAMPLES && !layers.some((layer) => drops(layer, ({ shared }) => !shared.includes('batch'))))
    return 1;
  const most = Math.max(1, Math.floor(Math.max(SAMPLES, ROW_STEPS / time) / batch));
  return Math.ceil(passes / Math.ceil(passes / most));
}

/** The plans of layers that draw nothing. @throws ModelError when one draws after all */
function undrawn(source: PlanSource): PlanSource {
  return (layer, scheme, label, extents) => {
    const plan = source(layer, scheme, label, extents);
    if (Object.keys(plan.masks).length > 0) {
      throw new ModelError(
        `predictMC: no masks were expected for layer ${layer}, which names no scheme, but it draws some at ${show(plan.sites)}; give the layer its scheme`,
      );
    }
    return plan;
  };
}

/** The plans of several passes for rows [pass, sample]. */
function joining(sources: readonly PlanSource[]): PlanSource {
  return (layer, scheme, label, { tokens, ...extents }) => {
    const batch = extents.batch / sources.length;
    const plans = sources.map((source, pass) => {
      // Passes differ in their tokens, if some are replaced: from [T, pass, sample] those of this one.
      const ids = tokens?.ids.filter((_, place) => Math.floor((place % extents.batch) / batch) === pass);
      return source(layer, scheme, label, { ...extents, batch, ...(ids ? { tokens: { ids } } : {}) });
    });
    return joinPlans(plans, batch);
  };
}

/** A batch several times over: rows [pass, sample] of [B,N], and at each step of [T,B,N] and of ids [T,B]. */
function repeat(ops: Ops, once: Batch, times: number): Batch {
  if (times === 1) return once;
  const { values, ids, time, lengths } = once;
  const batch = once.batch * times;
  const steps = values.shape.slice(0, ids ? 1 : -2);
  // Of each row now, the place of the row that it repeats among those of all steps.
  const places = Int32Array.from(
    { length: sizeOf(steps) * batch },
    (_, row) => Math.floor(row / batch) * once.batch + (row % once.batch),
  );
  const upload = (numbers: Int32Array): Indices => ops.uploadIndices(numbers, [...steps, batch]);
  const validSteps = places.slice(0, batch).map((sample) => once.validSteps[sample] as number);
  const sizes = { batch, time, validSteps, lengths: lengths && ops.uploadIndices(validSteps, [batch]) };
  if (ids) {
    const repeated = places.map((place) => ids[place] as number);
    return { ...sizes, values: upload(repeated), ids: repeated };
  }
  const size = values.shape.at(-1) ?? 0;
  return { ...sizes, values: ops.gather(ops.reshape(values, [sizeOf(values.shape) / size, size]), upload(places)) };
}

/** Of predictions of a sample, or at each of its steps. */
function summariseEach(ofPasses: readonly (readonly number[] | readonly number[][])[], link: Loss['link']) {
  const [one] = ofPasses;
  if (typeof one?.[0] === 'number') return summarise(ofPasses as readonly number[][], link);
  return Array.from(one as readonly number[][], (_, t) =>
    summarise(
      ofPasses.map((steps) => steps[t] as number[]),
      link,
    ),
  );
}

function summarise(rows: readonly (readonly number[])[], link: Loss['link']): Uncertainty {
  const units = (rows[0] as readonly number[]).map((_, k) => rows.map((row) => row[k] as number));
  const mean = units.map(meanOf);
  const variance = units.map((values, k) => meanOf(values.map((value) => (value - (mean[k] as number)) ** 2)));
  if (link === 'linear') return { mean, variance, entropy: 0, mutualInformation: 0 };
  // Several yes and no are as many variables; classes are one.
  const entropyOf = (row: readonly number[]): number =>
    link === 'softmax' ? entropy(row) : row.reduce((sum, p) => sum + entropy([p, 1 - p]), 0);
  const total = entropyOf(mean);
  return { mean, variance, entropy: total, mutualInformation: Math.max(0, total - meanOf(rows.map(entropyOf))) };
}

function entropy(probabilities: readonly number[]): number {
  return probabilities.reduce((sum, p) => sum - (p <= 0 ? 0 : p * Math.log(p)), 0);
}
