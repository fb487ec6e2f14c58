import { expectWhole, MOST_NUMBERS, optionsOf, readable } from '../../../checks.ts';
import { DataError, OptionError, ShapeError, show } from '../../../errors.ts';
import { atLearnedRates, rateOfLogit } from '../../../layers/dropout/learned-dropout-rate.ts';
import type { Recurrent } from '../../../layers/recurrent/recurrent.ts';
import type { Extents } from '../../../masks/mask.ts';
import { sampleLane } from '../../../masks/lane-plan.ts';
import { mean, Plan, sample } from '../../../masks/plan.ts';
import type { SchemeLike, SiteRule } from '../../../masks/scheme.ts';
import { fold, type Key, wordsOf } from '../../../random/key.ts';
import { laneNames } from '../../../sequence/lanes.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { ExportableModel } from '../../exported/exportable-model.ts';
import { droppingRules, type MaskSizes, maskName } from './mask-factors.ts';
import { maskTensor } from './mask-tensor.ts';
import { type StagedModel, stagedModel } from './export-onnx.ts';
import { rowSizes, type Stage, widthAfter } from './stages.ts';

/** Where the masks of a graph come from. Without a key and plans they are the expectations: what evaluation applies. */
export interface OnnxMasksOptions {
  /** Draws them; pass p of `predictMC` has `fold(key, p)`. */
  readonly key?: Key;
  /** Given ones, such as a training's `plans`: each with its layer's number, and the end of the names of its weights. */
  readonly plans?: readonly LabelledPlan[];
  /** B; 1 when left out, or as many as there are ids. */
  readonly batch?: number;
  /** T; 1 when left out, or that of the longest row of ids. */
  readonly time?: number;
  /** The token ids of each sample, for schemes that drop words. */
  readonly ids?: readonly (readonly number[])[];
  /** The number of the first sample, when these are a part of a larger whole under the same key; 0 when left out. */
  readonly first?: number;
  /** Of a layer that `recurrent()` gives: the scheme that it was exported with. */
  readonly scheme?: SchemeLike;
}

/** A plan, and which lane of which layer it is for. */
export interface LabelledPlan {
  /** The number of the layer in the model, from 0; left out for a recurrent layer on its own. */
  readonly layer?: number;
  /** The end of the names of a lane's weights, such as `_l0` or `_l0_reverse`; 'embedding' or 'output' for the layers of these names. */
  readonly label: string;
  readonly plan: Plan;
}

/**
 * The inputs of a graph that `exportModel(model, 'onnx', { masks: true })` gave, by name: what each site multiplies by, scaled
 * as its scheme says, or of a zone the share of the new state. Their layout is that of `Mask.toArray`: [B,n] of a mask that is fixed in
 * time, [B,T,n] of one that is drawn for each step, a first axis for the gates of an untied one, [G*H,H] of weights.
 * @throws OptionError, SiteError, ShapeError or DataError for what is no model, no key, or no plan of it
 * @example
 * ```ts
 * import { key, recurrent, variational } from 'keepgate';
 * import { exportModel, onnxMasks } from 'keepgate/interop';
 *
 * const layer = recurrent({ cell: 'gru', inputSize: 2, hiddenSize: 3 });
 * const scheme = variational({ recurrent: 0.5 });
 * const files = await exportModel(layer, 'onnx', { masks: true, scheme });
 * const inputs = await onnxMasks(layer, { scheme, key: key(1), batch: 2, time: 5 });
 * console.log(Object.keys(files), JSON.stringify(inputs.recurrent_l0?.toArray())); // prints: [ 'model.onnx' ] [[0,0,0],[2,0,0]]
 * ```
 */
export async function onnxMasks(
  modelOrLayer: ExportableModel | Recurrent,
  options: OnnxMasksOptions = {},
): Promise<Record<string, Tensor>> {
  const told = optionsOf('onnxMasks', options, {
    key: true,
    plans: true,
    batch: true,
    time: true,
    ids: true,
    first: true,
    scheme: true,
  });
  const model = await stagedModel('onnxMasks', modelOrLayer, told.scheme);
  const isWide = [...model.weights.values()].some(({ data }) => data instanceof Float64Array);
  const planOf = told.plans ? given(told.plans) : told.key ? drawn(told.key, model) : expected(model);
  const sizes = checkedSizes(told);
  const inputs: Record<string, Tensor> = {};
  for (const lane of lanesOf(model)) {
    const plan = planOf(lane, sizes);
    const timed = lane.isVector ? { ...sizes, time: 1 } : sizes;
    for (const rule of droppingRules(lane.rules)) {
      const factor = maskTensor(rule, plan.masks[rule.site], lane.sizes, timed, isWide);
      inputs[maskName(lane.layer, rule.site, lane.label)] = factor;
    }
  }
  return inputs;
}

/** What a plan is for. */
interface MaskedLane {
  readonly stage: Stage;
  readonly layer: number | undefined;
  readonly label: string;
  readonly rules: readonly SiteRule[];
  readonly sizes: MaskSizes;
  /** Whether it has one row a sample. */
  readonly isVector: boolean;
}

function lanesOf({ stages, input }: StagedModel): readonly MaskedLane[] {
  let width = input.shape[0] ?? 0;
  let isVector = input.over === 'batch';
  return stages.flatMap((stage): readonly MaskedLane[] => {
    const before = width;
    const at = { stage, layer: stage.layer, isVector };
    width = widthAfter(stage, width);
    if (stage.kind === 'recurrent') {
      const { rules, units, cell, layers, directions, inputSize } = stage;
      isVector = !stage.returnSequences;
      return laneNames(layers, directions, inputSize, units).map(({ suffix, inputSize: own }) => {
        const sizes = { inputSize: own, hiddenSize: units, gates: cell.gates.length };
        return { ...at, label: suffix, rules, sizes };
      });
    }
    if (stage.kind === 'pooling') isVector = true;
    if (stage.kind === 'embedding') return [{ ...at, label: 'embedding', rules: stage.rules, sizes: rowSizes(width) }];
    return stage.kind === 'dropout' ? [{ ...at, label: 'output', rules: stage.rules, sizes: rowSizes(before) }] : [];
  });
}

interface BatchSizes {
  readonly batch: number;
  readonly time: number;
  readonly first: number;
  /** The ids [T,B], and which of them are tokens. */
  readonly tokens: { readonly ids: Int32Array; readonly valid: Uint8Array } | undefined;
}

/** Samples times steps of one call: more would be masks of gigabytes. */
const MOST_ROWS = 2 ** 24;

type PlanOf = (lane: MaskedLane, sizes: BatchSizes) => Plan;

function checkedSizes({ ids, batch, time, first = 0 }: OnnxMasksOptions): BatchSizes {
  const rows = ids === undefined ? undefined : readable('onnxMasks', () => Array.from(ids, (row) => Array.from(row)));
  const sizes = {
    batch: batch ?? rows?.length ?? 1,
    time: time ?? Math.max(1, ...(rows ?? []).map(({ length }) => length)),
    first,
  };
  expectWhole('onnxMasks', 'batch', sizes.batch, 1, MOST_ROWS);
  expectWhole('onnxMasks', 'time', sizes.time, 1, Math.floor(MOST_ROWS / sizes.batch));
  expectWhole('onnxMasks', 'first', first, 0);
  if (!rows) return { ...sizes, tokens: undefined };
  if (rows.length !== sizes.batch || rows.some(({ length }) => length > sizes.time)) {
    throw new ShapeError(
      `onnxMasks: ids of ${sizes.batch} samples of at most ${sizes.time} steps were expected, but ${show(rows)} came`,
    );
  }
  const [ids32, valid] = [new Int32Array(sizes.time * sizes.batch), new Uint8Array(sizes.time * sizes.batch)];
  for (const [row, own] of rows.entries()) {
    for (const [step, id] of own.entries()) {
      if (!(Number.isSafeInteger(id) && id >= 0 && id <= MOST_NUMBERS)) {
        throw new DataError(`onnxMasks: whole numbers from 0 were expected as ids, but ${show(id)} came`);
      }
      ids32[step * sizes.batch + row] = id;
      valid[step * sizes.batch + row] = 1;
    }
  }
  return { ...sizes, tokens: { ids: ids32, valid } };
}

function expected({ updates }: StagedModel): PlanOf {
  return ({ rules }) => mean(rules, { update: updates });
}

function given(plans: readonly LabelledPlan[]): PlanOf {
  const list = readable('onnxMasks', () =>
    Array.isArray(plans) && plans.every((entry) => entry?.plan instanceof Plan && typeof entry.label === 'string')
      ? plans.map(({ layer, label, plan }: LabelledPlan) => ({ layer, label, plan }))
      : undefined,
  );
  if (!list)
    throw new OptionError(`onnxMasks: a list of { layer, label, plan } was expected as plans, but ${show(plans)} came`);
  return ({ layer, label, rules }) => {
    const found = list.find((entry) => entry.layer === layer && entry.label === label);
    if (found || droppingRules(rules).length === 0) return found?.plan ?? new Plan([], [], true);
    throw new OptionError(
      `onnxMasks: a plan for ${show({ layer, label })} was expected, but it is missing; give one for each lane that drops`,
    );
  };
}

/** As a pass of MC dropout draws them. */
function drawn(key: Key, { updates, weights }: StagedModel): PlanOf {
  wordsOf('onnxMasks', key);
  return ({ stage, layer, label, rules, sizes, isVector }, { batch, time, first, tokens }) => {
    const extents: Extents = { ...sizes, batch, time: isVector ? 1 : time, update: updates, first: { sample: first } };
    const layerKey = layer === undefined ? key : fold(key, layer);
    if (stage.kind === 'embedding') return drawnForTokens(stage, fold(layerKey, label), extents, tokens);
    const learned = learnedRates(layer, weights);
    return sampleLane(atLearnedRates(rules, learned, label.startsWith('_') ? label : ''), layerKey, label, extents);
  };
}

/** The rates that a layer has learned, by the name of their weight. */
function learnedRates(layer: number | undefined, weights: ReadonlyMap<string, Tensor>): Record<string, number> {
  const prefix = `${layer}.`;
  return Object.fromEntries(
    [...weights].flatMap(([path, value]) =>
      path.startsWith(prefix) && /_rate_logit/.test(path)
        ? [[path.slice(prefix.length), rateOfLogit(value.toFlat()[0] as number)] as const]
        : [],
    ),
  );
}

/** Tokens become unknown first, and vectors are dropped by what the tokens are then. */
function drawnForTokens(
  { rules, unknown }: Stage & { readonly kind: 'embedding' },
  key: Key,
  extents: Extents,
  tokens: BatchSizes['tokens'],
): Plan {
  if (droppingRules(rules).length === 0) return new Plan([], [], true);
  if (!tokens)
    throw new OptionError(
      'onnxMasks: ids were expected, as the scheme of the embedding drops words, but none came; pass ids',
    );
  const [replacing, others] = [true, false].map((is) => rules.filter(({ site }) => (site === 'unknown') === is)) as [
    SiteRule[],
    SiteRule[],
  ];
  const first = sample(replacing, key, { ...extents, tokens: { ids: tokens.ids } });
  const { batch } = extents;
  const mask = first.masks.unknown;
  const ids = tokens.ids.map((id, at) =>
    mask && tokens.valid[at] === 1 && mask.at({ gate: 0, time: Math.floor(at / batch), row: at % batch, unit: 0 }) === 0
      ? (unknown as number)
      : id,
  );
  const second = sample(others, key, { ...extents, tokens: { ids } });
  return new Plan(
    [...Object.values(first.masks), ...Object.values(second.masks)],
    rules.map(({ site }) => site),
    true,
  );
}
