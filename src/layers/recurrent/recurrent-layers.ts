import type { Cell, State } from '../../cells/cell.ts';
import type { ElementwiseActivation } from '../../cells/activations.ts';
import { type CellName, type CellOptions, cellConfigOf, cellOf, type Normalization } from '../../cells/cells.ts';
import { expectBoolean, expectWhole, optionsOf, partsOf } from '../../checks.ts';
import { expectMade, type Maker } from '../../define.ts';
import { ModelError, show } from '../../errors.ts';
import { expectSites, resolveScheme, type SchemeLike, type SiteRule, schemeWarnings } from '../../masks/scheme.ts';
import { expectLayerCount, suffixed } from '../../sequence/lanes.ts';
import { unrollStack } from '../../sequence/stack.ts';
import { learnedRules, rateLogits } from '../dropout/learned-dropout-rate.ts';
import { atStepsOf, defineLayer, type Layer, type LayerMaker, onePerSample } from '../layer.ts';
import { rowSize, sequence, vector } from '../signature.ts';
import { type ActivationRegularization, activationShares, checkActivations } from './activation-regularization.ts';
import { drawLane } from './drawn-lane.ts';
import { finalStep } from './last-of-both-directions.ts';
import { type RecurrentShape, shapeOf } from './recurrent-shape.ts';
import { joinedState, laneState, stateShapes } from './recurrent-state.ts';
import { recurrentWeights } from './recurrent-weights.ts';

/** What `rnn` is told, and the others as well. */
export interface RecurrentLayerOptions {
  /** H */
  readonly units: number;
  /** What is dropped where: one scheme, or several to be concatenated. Each layer of a stack draws its own masks. */
  readonly dropout?: SchemeLike;
  /** Hand on every step [T,B,H], rather than each sample's last [B,H] (the default). */
  readonly returnSequences?: boolean;
  /** How many of this layer stand on top of each other; 1 when left out. */
  readonly layers?: number;
  /** Whether it has biases, as it has when this is left out. */
  readonly bias?: boolean;
  /** Of what is new in a step, and of what an LSTM lets out of c; 'tanh' when left out. */
  readonly activation?: ElementwiseActivation;
  /** Costs of what the last of them hands on, added to the loss in training: none when left out. */
  readonly activationRegularization?: ActivationRegularization;
}

/** What `lstm` is told. */
export interface GatedLayerOptions extends RecurrentLayerOptions {
  /** Of the gates i, f, o of an LSTM, and r, z of a GRU; 'sigmoid' when left out. */
  readonly recurrentActivation?: ElementwiseActivation;
  /**
   * 'layer' for layer normalisation (Ba et al. 2016, arXiv:1607.06450) of the input's product, of the recurrent one, and of the new c where
   * the output reads it; the c that is carried is not normalised. None when left out.
   */
  readonly normalization?: Normalization;
}

/** What `gru` is told. */
export interface GruLayerOptions extends GatedLayerOptions {
  /** The reset gate after the product, as in PyTorch (the default), or before it. */
  readonly resetAfter?: boolean;
}

/** A recurrent layer of a model, which {@link bidirectional} can run both ways. */
export interface RecurrentLayer extends Layer {
  /** What {@link bidirectional} makes its layer of. */
  bothWays(): Layer;
}

/**
 * LSTM layers (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000): a sequence [T,B,I] to each
 * sample's last step [B,H], or to all steps. The equations stand in cells/lstm.ts.
 * @example
 * ```ts
 * import { dense, key, lstm, sequential, zoneout } from 'keepgate';
 *
 * const dropout = zoneout({ cell: 0.5, hidden: 0.05, scope: 'step' });
 * const model = sequential([lstm({ units: 8, layers: 2, dropout, returnSequences: true }), dense({ units: 3 })]);
 * await model.build({ kind: 'sequence', size: 5 }, key(1));
 * console.log(model.output); // prints: { over: 'time', dtype: 'numbers', shape: [ 3 ] }
 * await model.dispose();
 * ```
 */
export const lstm: Maker<[GatedLayerOptions], RecurrentLayer> = defineRecurrent('lstm');

/**
 * GRU layers (Cho et al. 2014): a sequence [T,B,I] to each sample's last step [B,H], or to all steps. The equations
 * stand in cells/gru.ts and cells/gru-reset-before.ts.
 * @example
 * ```ts
 * import { gru, key, sequential, variational } from 'keepgate';
 *
 * const model = sequential([gru({ units: 8, dropout: variational({ input: 0.25, recurrent: 0.25 }) })]);
 * await model.build({ kind: 'sequence', size: 5 }, key(1));
 * console.log((await model.getWeights())['0.weight_hh_l0']?.shape); // prints: [ 24, 8 ]
 * await model.dispose();
 * ```
 */
export const gru: Maker<[GruLayerOptions], RecurrentLayer> = defineRecurrent('gru');

/**
 * RNN layers (Elman 1990), of tanh or another activation: a sequence [T,B,I] to each sample's last step [B,H], or to all steps. The equations
 * stand in cells/rnn.ts.
 * @example
 * ```ts
 * import { key, rnn, sequential } from 'keepgate';
 *
 * const model = sequential([rnn({ units: 8 })]);
 * await model.build({ kind: 'sequence', size: 5 }, key(1));
 * console.log(model.output); // prints: { over: 'batch', dtype: 'numbers', shape: [ 8 ] }
 * await model.dispose();
 * ```
 */
export const rnn: Maker<[RecurrentLayerOptions], RecurrentLayer> = defineRecurrent('rnn');

/**
 * A recurrent layer in both directions with weights and masks for each; hands on [..., 2H], forward then reverse
 * (Schuster and Paliwal 1997).
 * @throws ModelError unless it is of `lstm`, `gru` or `rnn`, and as it was made
 * @example
 * ```ts
 * import { bidirectional, key, lstm, sequential } from 'keepgate';
 *
 * const model = sequential([bidirectional(lstm({ units: 8 }))]);
 * await model.build({ kind: 'sequence', size: 5 }, key(1));
 * console.log(model.output?.shape); // prints: [ 16 ]
 * await model.dispose();
 * ```
 */
export const bidirectional: LayerMaker<[Layer], string> = defineLayer({
  type: 'bidirectional',
  parse: (options, restore) => [restore(optionsOf('bidirectional', options, { layer: true }).layer)],

  make(layer) {
    const { bothWays, config } = partsOf<RecurrentLayer>('bidirectional', layer, 'bothWays', 'config');
    if (typeof bothWays !== 'function') {
      const came = typeof config?.type === 'string' ? config.type : show(layer);
      throw new ModelError(`bidirectional: lstm(), gru() or rnn() was expected inside, but ${came} came`);
    }
    // Both ways come from its options: what was changed in a copy would be lost.
    expectMade('bidirectional', 'layer', layer);
    return bothWays();
  },
});

function defineRecurrent(name: CellName): Maker<[GruLayerOptions], RecurrentLayer> {
  const make = (options: GruLayerOptions): RecurrentLayer => {
    const setting = readOptions(name, options);
    const layer = layerOf(setting, 1);
    const config = { type: 'bidirectional', layer: layer.config };
    return { ...layer, bothWays: () => ({ ...layerOf(setting, 2), config }) };
  };
  // `defineLayer` hands on all that `make` gives, `bothWays` among it.
  return defineLayer({ type: name, make }) as Maker<[GruLayerOptions], RecurrentLayer>;
}

/** The options of a layer, checked. */
interface Setting {
  readonly name: CellName;
  readonly cell: Cell;
  readonly cellOptions: CellOptions;
  /** H */
  readonly units: number;
  readonly layers: number;
  readonly bias: boolean;
  readonly scheme: readonly SiteRule[];
  readonly returnSequences: boolean;
  readonly activations: Required<ActivationRegularization> | null;
}

function readOptions(name: CellName, options: GruLayerOptions): Setting {
  const {
    units,
    dropout = [],
    returnSequences = false,
    layers = 1,
    bias = true,
    resetAfter,
    activation,
    recurrentActivation,
    normalization,
    activationRegularization,
  } = optionsOf(name, options, {
    units: true,
    dropout: true,
    returnSequences: true,
    layers: true,
    bias: true,
    resetAfter: true,
    activation: true,
    recurrentActivation: true,
    normalization: true,
    activationRegularization: true,
  });
  expectWhole(name, 'units', units, 1);
  expectLayerCount(name, layers);
  expectBoolean(name, 'returnSequences', returnSequences);
  expectBoolean(name, 'bias', bias);
  const cellOptions = { resetAfter, activation, recurrentActivation, normalization };
  const cell = cellOf(name, cellOptions);
  const scheme = resolveScheme(dropout);
  expectSites(scheme, name, cell.sites);
  const activations = activationRegularization === undefined ? null : checkActivations(name, activationRegularization);
  return { name, cell, cellOptions, units, layers, bias, scheme, returnSequences, activations };
}

function configOf(setting: Setting): Layer['config'] {
  const { name, cellOptions, units, scheme, returnSequences, layers, bias, activations } = setting;
  return {
    type: name,
    units,
    dropout: scheme,
    returnSequences,
    layers,
    // What is new here is saved only where it says something, so that other configs stay as they were.
    ...cellConfigOf(cellOptions),
    ...(bias ? {} : { bias }),
    ...(activations ? { activationRegularization: activations } : {}),
  };
}

function layerOf(setting: Setting, directions: 1 | 2): Layer<string, 'x', 'y'> {
  const { name, cell, units, layers, bias, scheme, returnSequences, activations } = setting;
  const width = directions * units;
  const shapeFor = (size: number): RecurrentShape => shapeOf({ cell, units, layers, directions, bias }, size);
  return {
    config: configOf(setting),
    inputs: { x: { kinds: ['sequence'] } },
    scheme,
    warnings: () => schemeWarnings(scheme),

    outputs({ x }) {
      rowSize(name, x);
      return { y: returnSequences ? sequence(width) : vector(width) };
    },

    weights({ x }) {
      const shape = shapeFor(rowSize(name, x));
      const logits = shape.lanes.map(({ suffix }) => rateLogits(learnedRules(scheme), suffix));
      return Object.assign(recurrentWeights(shape), ...logits);
    },

    // What reads backwards begins where a sequence ends.
    ...(directions === 1 ? { carries: () => stateShapes(cell, units, layers) } : {}),

    run(context, weights, { x }) {
      const { ops } = context;
      const shape = shapeFor(x.values.shape.at(-1) ?? 0);
      const shares = activations ? activationShares(x.validSteps, activations, width) : null;
      const lanes = shape.lanes.map((lane, i) => {
        const isLast = i >= shape.lanes.length - directions;
        return drawLane(context, lane, { ...shape, rules: scheme, at: x }, weights, isLast ? shares : null);
      });
      const stack = unrollStack(
        ops,
        cell,
        lanes.map(({ lane }, i) => ({ ...lane, state: laneState(ops, context.state, shape, i) })),
        directions,
        { x: x.values, lengths: x.lengths },
      );
      const whole = atStepsOf(x, stack.y);
      const end = returnSequences ? null : finalStep(ops, whole, directions);
      return {
        outputs: { y: end ? onePerSample(x.batch, end.y) : whole },
        penalties: [...stack.penalties, ...lanes.flatMap(({ penalties }) => penalties)],
        state: () => joinedState(ops, shape, stack.state),
        backward({ y: dy }, dstate) {
          const byState = dstate && lanes.map((_, i) => laneState(ops, dstate, shape, i) as State);
          const grads = stack.backward(end ? end.backward(dy) : dy, byState);
          const byLane = lanes.map(({ weightGrads }, i) => weightGrads({ ...grads.weights[i] }));
          const inputs = { x: grads.x };
          return { weights: suffixed(byLane, shape.lanes), inputs, state: joinedState(ops, shape, grads.state) };
        },
      };
    },
  };
}
