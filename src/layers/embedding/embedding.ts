import { expectBoolean, expectWhole, optionsOf } from '../../checks.ts';
import { kernel } from '../../engines/kernel.ts';
import type { Handle, Indices, Ops } from '../../engines/ops.ts';
import { DataError, OptionError, show } from '../../errors.ts';
import type { Mask } from '../../masks/mask.ts';
import type { Plan } from '../../masks/plan.ts';
import { expectSites, resolveScheme, type SchemeLike, type SiteRule, schemeWarnings } from '../../masks/scheme.ts';
import { SITES, type Site } from '../../masks/sites.ts';
import { halfNormal } from '../initialise.ts';
import { atStepsOf, type Batch, defineLayer, type LayerContext, type LayerMaker } from '../layer.ts';
import { expectShape, Tensor, type TensorLike, tensor } from '../../tensor/tensor.ts';
import { sequence } from '../signature.ts';
import { trained, trainedInParts } from '../weight-spec.ts';

/** What `embedding` is told. */
export interface EmbeddingOptions {
  /** V: the number of token ids, padding and unknown included. */
  readonly vocabulary: number;
  /** The length of a token's vector. */
  readonly units: number;
  /** What is dropped: at the sites wordType, embeddingRow and token a token's vector, at unknown the token itself. */
  readonly dropout?: SchemeLike;
  /** The id that takes the place of tokens that are dropped at the site `unknown`, which needs it. */
  readonly unknown?: number;
  /**
   * The id that fills samples up, for data that is padded already. In front of a sample's own ids and behind them it is
   * no step: results are those of the samples without it, and its row is never used. None when left out: then each id
   * is a step.
   */
  readonly padding?: number;
  /**
   * Whether padding behind a sample's ids stays in the batch, where it is no step for a layer that looks at steps one by one, and counts for
   * `allSteps`. In front of ids and between them it is an error then. False when left out.
   */
  readonly keepPadding?: boolean;
  /**
   * Vectors to begin with, [V,units], such as pretrained ones, of which a copy is kept: trained on, or not in `frozen(embedding(...))`.
   * They are no option of a saved model, which has what became of them. Drawn when left out.
   */
  readonly weights?: TensorLike;
}

const EMBEDDING_SITES = (Object.keys(SITES) as Site[]).filter((site) => SITES[site].of === 'embedding');

/**
 * Token ids [T,B] to vectors [T,B,units], by a trained table `weight` [V, units]. Tokens become unknown first, and
 * vectors are dropped by what the tokens are then.
 * @example
 * ```ts
 * import { embedding, key, pooling, sequential, wordTypeDropout } from 'keepgate';
 *
 * const words = embedding({ vocabulary: 10, units: 4, dropout: wordTypeDropout({ rate: 0.1 }) });
 * const model = sequential([words, pooling({ over: 'mean' })]);
 * await model.build({ kind: 'tokens', vocabulary: 10 }, key(1));
 * const [vector] = await model.predict([[7, 3, 7]]);
 * console.log(Array.isArray(vector) && vector.length); // prints: 4
 * await model.dispose();
 * ```
 */
export const embedding: LayerMaker<[EmbeddingOptions], 'weight'> = defineLayer({
  type: 'embedding',

  make(options) {
    const {
      vocabulary,
      units,
      dropout = [],
      unknown,
      padding,
      keepPadding = false,
      weights,
    } = optionsOf('embedding', options, {
      vocabulary: true,
      units: true,
      dropout: true,
      unknown: true,
      padding: true,
      keepPadding: true,
      weights: true,
    });
    expectWhole('embedding', 'vocabulary', vocabulary, 1);
    expectWhole('embedding', 'units', units, 1);
    const scheme = resolveScheme(dropout);
    expectSites(scheme, 'embedding', EMBEDDING_SITES);
    expectUnknown(vocabulary, unknown, scheme);
    expectPadding(vocabulary, padding, unknown);
    expectBoolean('embedding', 'keepPadding', keepPadding);
    const kept = keepPadding ? padding : undefined;
    const initial = weights === undefined ? null : initialVectors(weights, [vocabulary, units]);
    return {
      config: {
        vocabulary,
        units,
        ...(scheme.length > 0 ? { dropout: scheme } : {}),
        ...(unknown === undefined ? {} : { unknown }),
        ...(padding === undefined ? {} : { padding }),
        ...(keepPadding ? { keepPadding } : {}),
      },
      inputs: { x: { kinds: ['tokens'], vocabulary, ...(padding === undefined || keepPadding ? {} : { padding }) } },
      scheme,
      warnings: () => schemeWarnings(scheme),
      outputs: () => ({ y: sequence(units) }),
      weights: () => ({
        weight: initial
          ? trained([vocabulary, units], () => initial, 'embedding')
          : trainedInParts([vocabulary, units], (key) => halfNormal(key, vocabulary, units), 'embedding'),
      }),

      carries: () => ({}),

      run(context, { weight }, { x: given }) {
        const { ops } = context;
        const x = kept === undefined ? given : withoutPadding(ops, given, kept);
        const { ids, drop } = drawTokens(context, x, scheme, units, unknown);
        return {
          outputs: { y: atStepsOf(x, drop(ops.gather(weight, ids))) },
          backward: ({ y: dy }) => ({ weights: { weight: ops.scatterAdd(drop(dy), ids, vocabulary) }, inputs: {} }),
        };
      },
    };
  },
});

/** A copy, which nobody changes. @throws ShapeError or DataError unless they are numbers of this shape */
function initialVectors(weights: TensorLike, shape: readonly number[]): Tensor {
  const given = tensor(weights);
  expectShape('embedding: weights', given, shape, '[vocabulary,units]');
  return new Tensor(given.toFlat().slice(), shape);
}

/** The token ids [T,B] under a scheme, and what drops entries of their vectors, or of the gradient by those. */
function drawTokens(
  { ops, plan }: LayerContext,
  x: Batch,
  scheme: readonly SiteRule[],
  units: number,
  unknown: number | undefined,
): { readonly ids: Indices; drop(vectors: Handle): Handle } {
  const { batch, time } = x;
  const masksOf = (rules: readonly SiteRule[], tokens: Int32Array): Plan['masks'] => {
    if (rules.length === 0) return {};
    const extents = { batch, time, inputSize: units, hiddenSize: units, gates: 1, tokens: { ids: tokens } };
    return plan(rules, 'embedding', extents).masks;
  };
  const given = x.ids as Int32Array;
  const { unknown: mask } = masksOf(scheme.filter(replaces), given);
  const tokens = mask ? replaceUnkept(x, given, mask, unknown as number) : given;
  const factors = ops.uploadFactors(
    masksOf(
      scheme.filter((rule) => !replaces(rule)),
      tokens,
    ),
  );
  return {
    ids: mask ? ops.uploadIndices(tokens, [time, batch]) : (x.values as Indices),
    drop: (vectors) =>
      factors.names.length === 0 ? vectors : ops.run(embeddingSites, { inputs: { x: vectors }, factors, batch }).y,
  };
}

/** Whether a rule puts another token in the place of one. */
function replaces({ site }: SiteRule): boolean {
  return site === 'unknown';
}

/** @throws OptionError for what is no id, and where one is needed and missing */
function expectUnknown(vocabulary: number, unknown: number | undefined, scheme: readonly SiteRule[]): void {
  const isId = Number.isInteger(unknown) && (unknown as number) >= 0 && (unknown as number) < vocabulary;
  if (unknown === undefined ? scheme.some(replaces) : !isId) {
    throw new OptionError(
      `embedding: an id from 0 to ${vocabulary - 1} was expected as unknown, which takes the place of dropped tokens, but ${show(unknown)} came`,
    );
  }
}

/** @throws OptionError for what is no id, and for the unknown one, which dropped tokens become */
function expectPadding(vocabulary: number, padding: number | undefined, unknown: number | undefined): void {
  if (padding === undefined) return;
  expectWhole('embedding', 'padding', padding, 0);
  if (padding >= vocabulary || padding === unknown) {
    throw new OptionError(
      `embedding: an id from 0 to ${vocabulary - 1}, other than unknown, was expected as padding, but ${padding} came`,
    );
  }
}

/** The token ids [T,B] with the unknown one wherever a token is not kept. Padding is no token, and stays. */
function replaceUnkept({ validSteps, batch }: Batch, tokens: Int32Array, mask: Mask, unknown: number): Int32Array {
  return tokens.map((id, place) => {
    const [time, row] = [Math.floor(place / batch), place % batch];
    const isToken = time < (validSteps[row] as number);
    return isToken && mask.at({ gate: 0, time, row, unit: 0 }) === 0 ? unknown : id;
  });
}

/** The same ids, whose steps end where the padding of a sample begins. @throws DataError for padding elsewhere */
function withoutPadding(ops: Ops, x: Batch, padding: number): Batch {
  const { batch } = x;
  const ids = x.ids as Int32Array;
  const isPadding = (t: number, row: number): boolean => ids[t * batch + row] === padding;
  const validSteps = x.validSteps.map((valid, row) => {
    let steps = valid;
    while (steps > 0 && isPadding(steps - 1, row)) steps -= 1;
    for (let t = 0; t < steps; t++) {
      if (!isPadding(t, row)) continue;
      throw new DataError(
        `embedding: padding ${padding} behind a sample's ids was expected, but step ${t} has it before others; move it to the end`,
      );
    }
    return steps;
  });
  return { ...x, lengths: ops.uploadIndices(validSteps, [batch]), validSteps };
}

const embeddingSites = kernel({
  name: 'embeddingSites',
  inputs: { x: ['x'] },
  factors: { wordType: 0, embeddingRow: 0, token: 0 },
  outputs: { y: ['y'] },
  body: ({ mul }, v) => ({ y: mul(mul(v.x, v.wordType), mul(v.embeddingRow, v.token)) }),
});
