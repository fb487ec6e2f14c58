import { optionsOf } from '../../checks.ts';
import type { Handle } from '../../engines/ops.ts';
import { ModelError, show } from '../../errors.ts';
import { type Batch, defineLayer, expectLayers, type InputSpec, type Layer, type LayerMaker } from '../layer.ts';
import { chainSignatures, stepsThrough } from '../run-chain.ts';
import { type Signature, type Signatures, sequence, tokens } from '../signature.ts';
import { byPath, ofLayer, pathOf, specsInside } from '../weight-spec.ts';
import { chainParts, contextOf, expectInner, innerSchemes } from '../combinators/inner-layers.ts';
import { restoredLayers } from '../combinators/restored-layers.ts';

/** What `encoderDecoder` is told. */
export interface EncoderDecoderOptions {
  /** What reads the source, one layer behind the other. What its recurrent layers end with, those of the decoder begin with. */
  readonly encoder: readonly Layer[];
  /** What reads the target so far and hands on all its steps: as many recurrent layers, of the same cells and units. */
  readonly decoder: readonly Layer[];
}

/** Combinators that hold layers: the states inside of them cannot be handed on. */
const HOLDING = new Set(['residual', 'concatenate', 'inputs', 'heads', 'timeDistributed']);

/**
 * An encoder and a decoder (Sutskever et al. 2014, arXiv:1409.3215; Cho et al. 2014): two inputs by name, a `source` and a `target` of another length. The
 * recurrent layers of the encoder go over the source, the decoder's begin with the states after its last valid steps, and hand on all steps [T',B,N] of
 * the target. Each side drops by masks of its own. In training the target is what is to come, one step late: see `teacherForcing`; `decode` writes
 * it step by step. It stands first in a model. Weights are named by path: `encoder.0.weight`.
 * @throws ModelError unless each recurrent layer of the decoder has one of the encoder with a state of its shape
 * @example
 * ```ts
 * import { decode, dense, embedding, encoderDecoder, gru, key, sequential, softmaxCrossEntropy, teacherForcing, variational } from 'keepgate';
 *
 * const dropout = variational({ input: 0.1, recurrent: 0.1 });
 * const model = sequential([
 *   encoderDecoder({
 *     encoder: [embedding({ vocabulary: 5, units: 4 }), gru({ units: 8, dropout })],
 *     decoder: [embedding({ vocabulary: 6, units: 4 }), gru({ units: 8, dropout, returnSequences: true })],
 *   }),
 *   dense({ units: 6 }),
 * ]);
 * const source = [[1, 2, 3], [4, 0]];
 * const { target, y } = teacherForcing([[3], [0, 4]], { start: 5, end: 5 });
 * await model.fit({ x: { source, target }, y }, { key: key(1), epochs: 2, loss: softmaxCrossEntropy() });
 * const [found] = await decode(model, source, { start: 5, end: 5, maxLength: 4, beam: 3 });
 * console.log((found?.ids.length ?? 9) <= 4); // prints: true
 * await model.dispose();
 * ```
 */
export const encoderDecoder: LayerMaker<[EncoderDecoderOptions], string, 'source' | 'target'> = defineLayer({
  type: 'encoderDecoder',
  parse(options, restore) {
    const who = 'encoderDecoder';
    const { encoder, decoder } = optionsOf(who, options, { encoder: true, decoder: true });
    return [{ encoder: restoredLayers(who, encoder, restore), decoder: restoredLayers(who, decoder, restore) }];
  },

  make(options) {
    const who = 'encoderDecoder';
    const given = optionsOf(who, options, { encoder: true, decoder: true });
    for (const layers of [given.encoder, given.decoder]) {
      expectLayers(who, layers);
      expectInner(who, layers);
    }
    const [encoder, decoder] = [[...given.encoder], [...given.decoder]];
    const [reading, writing] = [chainParts(who, encoder), chainParts(who, decoder)];
    const handedOver = (ends: Signatures<'source' | 'target'>) => statesHandedOver(who, encoder, decoder, ends);
    return {
      config: { encoder: encoder.map(({ config }) => config), decoder: decoder.map(({ config }) => config) },
      inputs: { source: encoder[0]?.inputs.x as InputSpec, target: decoder[0]?.inputs.x as InputSpec },
      ...innerSchemes([...encoder, ...decoder]),

      outputs({ source, target }) {
        if (handedOver({ source, target }).length === 0) {
          throw new ModelError(`${who}: a recurrent layer was expected in the decoder, but none came; put lstm() in`);
        }
        reading.output(source);
        const y = writing.output(target);
        if (y.over !== 'time') throw notEveryStep(who);
        return { y };
      },

      weights: ({ source, target }) =>
        byPath({
          encoder: specsInside(reading.weights(source), 'encoder'),
          decoder: specsInside(writing.weights(target), 'decoder'),
        }),
      steps: (steps, at) => stepsThrough(decoder, at?.inputs.target ?? steps),

      run(context, weights, { source, target }) {
        const read = reading.run(contextOf(context, 'encoder'), ofLayer(weights, 'encoder'), source);
        const ends = read.state();
        const states = handedOver({ source: signatureAt(source, encoder), target: signatureAt(target, decoder) });
        const state = Object.fromEntries(states.map(([to, from]) => [to, ends[from] as Handle]));
        const inside = { ...contextOf(context, 'decoder'), state };
        const written = writing.run(inside, ofLayer(weights, 'decoder'), target);
        return {
          outputs: { y: written.flows.x as Batch },
          penalties: [...read.penalties, ...written.penalties],
          statistics: () => both(read.statistics(), written.statistics()),
          backward({ y: dy }) {
            const back = written.backward({ x: dy });
            const dstates = Object.fromEntries(states.map(([to, from]) => [from, back.states[to] as Handle]));
            const nothing = context.ops.zeros((read.flows.x as Batch).values.shape);
            const first = read.backward({ x: nothing }, dstates);
            return {
              weights: both(first.weights, back.weights),
              inputs: {
                ...(first.inputs.x && { source: first.inputs.x }),
                ...(back.inputs.x && { target: back.inputs.x }),
              },
            };
          },
        };
      },
    };
  },
});

/** What both sides have, by path. */
function both<V>(encoder: Record<string, V>, decoder: Record<string, V>): Record<string, V> {
  return byPath({ encoder, decoder });
}

function notEveryStep(who: string): ModelError {
  return new ModelError(
    `${who}: a decoder that hands on every step was expected, but one value a sample comes of it; set returnSequences: true`,
  );
}

/** Of each part of the decoder's state that it begins with, the part of the encoder's that it ends with. */
function statesHandedOver(
  who: string,
  encoder: readonly Layer[],
  decoder: readonly Layer[],
  { source, target }: Signatures<'source' | 'target'>,
): readonly (readonly [to: string, from: string])[] {
  const read = statesOf(who, encoder, source);
  return statesOf(who, decoder, target).map(([path, shape], i) => {
    const [from, found] = read[i] ?? [];
    if (from !== undefined && partOf(from) === partOf(path) && found === shape) return [path, from];
    throw new ModelError(
      `${who}: for the state decoder.${path} of shape [${shape}] one of the encoder was expected, but ${
        from === undefined ? 'none' : `encoder.${from} of shape [${found}]`
      } came; take as many recurrent layers, of the same cells and units`,
    );
  });
}

/** What a batch is that goes into the first of some layers. */
function signatureAt({ ids, values }: Batch, [first]: readonly Layer[]): Signature {
  return ids ? tokens(first?.inputs.x?.vocabulary ?? 1) : sequence(values.shape.at(-1) ?? 1);
}

/** The state of layers one behind the other, by path, in their order, with its shapes. */
function statesOf(who: string, layers: readonly Layer[], x: Signature): readonly (readonly [string, string])[] {
  const { inputs } = chainSignatures(layers, { x });
  return layers.flatMap((layer, index) => {
    const parts = Object.entries(layer.carries?.(inputs[index] as Signatures) ?? {});
    if (parts.length > 0 && HOLDING.has(layer.config.type)) {
      throw new ModelError(
        `${who}: recurrent layers that stand in its lists themselves were expected, but ${show(layer.config.type)} holds one; take it out`,
      );
    }
    return parts.map(([name, shape]) => [pathOf(index, name), shape.join()] as const);
  });
}

/** The name of a part within its layer. */
function partOf(path: string): string {
  return path.slice(path.indexOf('.') + 1);
}
