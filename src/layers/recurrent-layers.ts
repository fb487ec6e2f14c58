import { type CellName, cellOf } from '../cells/cells.ts';
import { expectNoMore, expectWhole } from '../checks.ts';
import { kernel } from '../engines/kernel.ts';
import type { Handle } from '../engines/ops.ts';
import { ModelError, OptionError, show } from '../errors.ts';
import { expectSites, resolveScheme, type SchemeLike, schemeWarnings } from '../masks/scheme.ts';
import { type Lane, sumOf } from '../sequence/bidirectional.ts';
import { laneNames, laneWeights, suffixed } from '../sequence/lanes.ts';
import { unrollStack } from '../sequence/stack.ts';
import { expectKind } from './expect.ts';
import { pickStep } from './last-step.ts';
import type { Layer, LayerContext } from './layer.ts';
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
  if (!('bothWays' in layer)) {
    throw new ModelError(`bidirectional: lstm(), gru() or rnn() was expected inside, but ${layer.config.type} came`);
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
  const { units, dropout = [], returnSequences = false, layers = 1, resetAfter, ...rest } = options;
  expectNoMore(name, rest);
  expectWhole(name, 'units', units, 1);
  expectWhole(name, 'layers', layers, 1);
  if (typeof returnSequences !== 'boolean')
    throw new OptionError(`${name}: true or false was expected as returnSequences, but ${show(returnSequences)} came`);
  const cell = cellOf(name, resetAfter);
  const scheme = resolveScheme(dropout);
  expectSites(scheme, name, cell.sites);
  const lanesOf = (size: number): ReturnType<typeof laneNames> => laneNames(layers, directions, size, units);

  return {
    config: {
      type: name,
      units,
      dropout: scheme,
      returnSequences,
      layers,
      ...(resetAfter === undefined ? {} : { resetAfter }),
    },
    takes: ['sequence'],
    warnings: () => schemeWarnings(scheme),

    output(input) {
      expectKind(name, input, 'sequence');
      return { kind: returnSequences ? 'sequence' : 'vector', size: directions * units };
    },

    weightShapes(input) {
      expectKind(name, input, 'sequence');
      return recurrentShapes(cell, lanesOf(input.size), units);
    },

    initialise(input, key) {
      expectKind(name, input, 'sequence');
      return initialiseRecurrent(cell, lanesOf(input.size), units, key);
    },

    run(context, weights, x) {
      const { ops, batch, time, lengths, plan } = context;
      const names = lanesOf(x.shape.at(-1) ?? 0);
      const lanes: Lane[] = names.map(({ suffix, inputSize }) => {
        const { masks } = plan(scheme, suffix, { batch, time, inputSize, hiddenSize: units, gates: cell.gates });
        return { weights: laneWeights(weights, suffix), factors: ops.uploadFactors(masks) };
      });
      const stack = unrollStack(ops, cell, lanes, directions, { x, lengths });
      const out = returnSequences ? whole(stack.y) : finalStep(context, stack.y, directions);
      return {
        y: out.y,
        backward(dy) {
          const grads = stack.backward(out.backward(dy));
          return { x: grads.x, weights: suffixed(grads.weights, names) };
        },
      };
    },
  };
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
