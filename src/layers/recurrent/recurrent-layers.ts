import { type CellName, cellOf } from '../../cells/cells.ts';
import { expectNoMore, expectNumber, expectWhole, optionsOf } from '../../checks.ts';
import { kernel } from '../../engines/kernel.ts';
import type { Handle } from '../../engines/ops.ts';
import { ModelError, OptionError, show } from '../../errors.ts';
import { expectSites, resolveScheme, type SchemeLike, schemeWarnings } from '../../masks/scheme.ts';
import { sumOf } from '../../sequence/arithmetic.ts';
import { type LaneName, laneNames, suffixed } from '../../sequence/lanes.ts';
import { unrollStack } from '../../sequence/stack.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { initialLogits, learnedRules } from '../dropout/learned-dropout-rate.ts';
import type { Layer, LayerContext } from '../layer.ts';
import { pickStep } from '../pooling/last-step.ts';
import { expectKind } from '../signature.ts';
import { drawLane } from './drawn-lane.ts';
import { initialiseRecurrent, recurrentShapes } from './recurrent-weights.ts';

export interface RecurrentLayerOptions {
  /** H */
  readonly units: number;
  /** What is dropped where: one scheme, or several to be concatenated. Each layer of a stack draws its own masks. */
  readonly dropout?: SchemeLike;
  /** Hand on every step [T,B,H], rather than each sample's last [B,H] (the default). */
  readonly returnSequences?: boolean;
  /** How many of this layer stand on top of each other; 1 when left out. */
  readonly layers?: number;
  /** Costs of what the last of them hands on, added to the loss in training: none when left out. */
  readonly activationRegularization?: ActivationRegularization;
}

/**
 * Activation regularisation and its temporal form (Merity et al. 2017, arXiv:1708.02182), as means over valid steps and
 * units: ar mean(y²), of what is handed on, and tar mean((h_{t+1} - h_t)²), of the same before the site `output`. The
 * paper has ar 2 and tar 1.
 */
export interface ActivationRegularization {
  readonly ar?: number;
  readonly tar?: number;
}

export interface GruLayerOptions extends RecurrentLayerOptions {
  /** The reset gate after the product, as in PyTorch (the default), or before it. */
  readonly resetAfter?: boolean;
}

/** A recurrent layer of a model, which {@link bidirectional} can run both ways. */
export interface RecurrentLayer extends Layer {
  bothWays(): Layer;
}

/** LSTM layers (see cells/lstm.ts for the equations). */
export function lstm(options: RecurrentLayerOptions): RecurrentLayer {
  return recurrentLayer('lstm', options);
}

/** GRU layers (see cells/gru.ts and cells/gru-reset-before.ts for the equations). */
export function gru(options: GruLayerOptions): RecurrentLayer {
  return recurrentLayer('gru', options);
}

/** Tanh RNN layers (see cells/rnn.ts for the equations). */
export function rnn(options: RecurrentLayerOptions): RecurrentLayer {
  return recurrentLayer('rnn', options);
}

/** A recurrent layer in both directions with weights and masks for each; hands on [..., 2H], forward then reverse. */
export function bidirectional(layer: Layer): Layer {
  if (typeof layer !== 'object' || layer === null || !('bothWays' in layer)) {
    const came = layer?.config?.type ?? show(layer);
    throw new ModelError(`bidirectional: lstm(), gru() or rnn() was expected inside, but ${came} came`);
  }
  return (layer as RecurrentLayer).bothWays();
}

function recurrentLayer(name: CellName, options: GruLayerOptions): RecurrentLayer {
  const one = buildLayer(name, options, 1);
  return {
    ...one,
    bothWays: () => ({ ...buildLayer(name, options, 2), config: { type: 'bidirectional', layer: one.config } }),
  };
}

function buildLayer(name: CellName, options: GruLayerOptions, directions: 1 | 2): Layer {
  const {
    units,
    dropout = [],
    returnSequences = false,
    layers = 1,
    resetAfter,
    activationRegularization,
    ...rest
  } = optionsOf(name, options);
  expectNoMore(name, rest);
  expectWhole(name, 'units', units, 1);
  expectWhole(name, 'layers', layers, 1);
  if (typeof returnSequences !== 'boolean')
    throw new OptionError(`${name}: true or false was expected as returnSequences, but ${show(returnSequences)} came`);
  const cell = cellOf(name, resetAfter);
  const scheme = resolveScheme(dropout);
  expectSites(scheme, name, cell.sites);
  const activations =
    activationRegularization === undefined ? undefined : checkActivations(name, activationRegularization);
  const laneOptions = { cell, rules: scheme, units };
  const lanesOf = (size: number): readonly LaneName[] => laneNames(layers, directions, size, units);
  const rateLogits = (lanes: readonly LaneName[]): Record<string, Tensor> =>
    Object.assign({}, ...lanes.map(({ suffix }) => initialLogits(learnedRules(scheme), suffix)));

  return {
    config: {
      type: name,
      units,
      dropout: scheme,
      returnSequences,
      layers,
      ...(resetAfter === undefined ? {} : { resetAfter }),
      ...(activations ? { activationRegularization: activations } : {}),
    },
    takes: ['sequence'],
    scheme,
    warnings: () => schemeWarnings(scheme),

    output(input) {
      expectKind(name, input, 'sequence');
      return { kind: returnSequences ? 'sequence' : 'vector', size: directions * units };
    },

    weightShapes(input) {
      expectKind(name, input, 'sequence');
      const lanes = lanesOf(input.size);
      return { ...recurrentShapes(cell, lanes, units), ...shapesOf(rateLogits(lanes)) };
    },

    initialise(input, key) {
      expectKind(name, input, 'sequence');
      const lanes = lanesOf(input.size);
      return { ...initialiseRecurrent(cell, lanes, units, key), ...rateLogits(lanes) };
    },

    run(context, weights, x) {
      const { ops, lengths } = context;
      const names = lanesOf(x.shape.at(-1) ?? 0);
      const shares = activations ? activationShares(context, activations, directions * units) : null;
      const lanes = names.map((lane, i) => {
        const isLast = i >= names.length - directions;
        return drawLane(context, lane, laneOptions, weights, isLast ? shares : null);
      });
      const stack = unrollStack(
        ops,
        cell,
        lanes.map(({ lane }) => lane),
        directions,
        { x, lengths },
      );
      const out = returnSequences ? whole(stack.y) : finalStep(context, stack.y, directions);
      return {
        y: out.y,
        penalties: [...stack.penalties, ...lanes.flatMap(({ penalties }) => penalties)],
        backward(dy) {
          const grads = stack.backward(out.backward(dy));
          const byLane = lanes.map(({ weightGrads }, i) => weightGrads({ ...grads.weights[i] }));
          return { x: grads.x, weights: suffixed(byLane, names) };
        },
      };
    },
  };
}

function shapesOf(weights: Readonly<Record<string, Tensor>>): Record<string, readonly number[]> {
  return Object.fromEntries(Object.entries(weights).map(([name, { shape }]) => [name, shape]));
}

/** @throws OptionError unless at least one of the two is a number above 0 */
function checkActivations(name: string, options: ActivationRegularization): Required<ActivationRegularization> {
  const who = `${name}: activationRegularization`;
  const { ar = 0, tar = 0, ...rest } = optionsOf(who, options);
  expectNoMore(who, rest);
  expectNumber(who, 'ar', ar);
  expectNumber(who, 'tar', tar);
  if (ar + tar === 0) throw new OptionError(`${who}: ar or tar above 0 was expected, but neither came; leave it out`);
  return { ar, tar };
}

/** The share of one entry, and of one change of an entry, in the means of a batch; a mean over nothing costs nothing. */
function activationShares(
  { validSteps }: LayerContext,
  { ar, tar }: Required<ActivationRegularization>,
  width: number,
): { readonly ar: number; readonly tar: number } {
  const steps = validSteps.reduce((sum, valid) => sum + valid, 0);
  const changes = validSteps.reduce((sum, valid) => sum + Math.max(0, valid - 1), 0);
  return { ar: ar / Math.max(1, steps * width), tar: tar / Math.max(1, changes * width) };
}

interface Handed {
  readonly y: Handle;
  backward(dy: Handle): Handle;
}

function whole(y: Handle): Handed {
  return { y, backward: (dy) => dy };
}

/** What each direction handed on last: forward at the last valid step, reverse at the first. */
function finalStep(context: LayerContext, y: Handle, directions: 1 | 2): Handed {
  if (directions === 1) return pickStep(context, y, 'last');
  const { ops } = context;
  const last = pickStep(context, y, 'last');
  const first = pickStep(context, y, 'first');
  return {
    y: ops.run(joinEnds, { inputs: { last: last.y, first: first.y } }).y,
    backward(dy) {
      const d = ops.run(splitEnds, { inputs: { dy } });
      return sumOf(ops, last.backward(d.last), first.backward(d.first));
    },
  };
}

const joinEnds = kernel({
  name: 'joinEnds',
  inputs: { last: ['lastAhead', 'lastBack'], first: ['firstAhead', 'firstBack'] },
  outputs: { y: ['ahead', 'back'] },
  body: (_, v) => ({ ahead: v.lastAhead, back: v.firstBack }),
});

const splitEnds = kernel({
  name: 'splitEnds',
  inputs: { dy: ['ahead', 'back'] },
  outputs: { last: ['lastAhead', 'lastBack'], first: ['firstAhead', 'firstBack'] },
  body: ({ constant }, v) => ({
    lastAhead: v.ahead,
    lastBack: constant(0),
    firstAhead: constant(0),
    firstBack: v.back,
  }),
});
