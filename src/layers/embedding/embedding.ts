import { expectNoMore, expectWhole, optionsOf } from '../../checks.ts';
import { kernel } from '../../engines/kernel.ts';
import type { Handle, Indices } from '../../engines/ops.ts';
import { ModelError, OptionError, show } from '../../errors.ts';
import type { Mask } from '../../masks/mask.ts';
import { expectSites, resolveScheme, type SchemeLike, type SiteRule, schemeWarnings } from '../../masks/scheme.ts';
import { SITES, type Site } from '../../masks/sites.ts';
import { normal } from '../../random/draws.ts';
import { Tensor } from '../../tensor/tensor.ts';
import type { Layer, LayerContext } from '../layer.ts';
import { expectKind } from '../signature.ts';

export interface EmbeddingOptions {
  /** V: the number of token ids, padding and unknown included. */
  readonly vocabulary: number;
  /** The length of a token's vector. */
  readonly units: number;
  /** What is dropped: at the sites wordType, embeddingRow and token a token's vector, at unknown the token itself. */
  readonly dropout?: SchemeLike;
  /** The id that takes the place of tokens that are dropped at the site `unknown`, which needs it. */
  readonly unknown?: number;
}

const EMBEDDING_SITES = (Object.keys(SITES) as Site[]).filter((site) => SITES[site].of === 'embedding');

/**
 * Token ids [T,B] to vectors [T,B,units], by a trained table `weight` [V, units]. Tokens become unknown first, and
 * vectors are dropped by what the tokens are then.
 */
export function embedding(options: EmbeddingOptions): Layer<'weight'> {
  const { vocabulary, units, dropout = [], unknown, ...rest } = optionsOf('embedding', options);
  expectNoMore('embedding', rest);
  expectWhole('embedding', 'vocabulary', vocabulary, 1);
  expectWhole('embedding', 'units', units, 1);
  const scheme = resolveScheme(dropout);
  expectSites(scheme, 'embedding', EMBEDDING_SITES);
  const replacing = scheme.filter(({ site }) => site === 'unknown');
  const multiplying = scheme.filter(({ site }) => site !== 'unknown');
  expectUnknown(vocabulary, unknown, replacing);
  return {
    config: {
      type: 'embedding',
      vocabulary,
      units,
      ...(scheme.length > 0 ? { dropout: scheme } : {}),
      ...(unknown === undefined ? {} : { unknown }),
    },
    takes: ['tokens'],
    vocabulary,
    scheme,
    warnings: () => schemeWarnings(scheme),

    output(input) {
      expectKind('embedding', input, 'tokens');
      if (input.vocabulary !== vocabulary) {
        throw new ModelError(
          `embedding: token ids below ${vocabulary} were expected, but a vocabulary of ${input.vocabulary} came; make them equal`,
        );
      }
      return { kind: 'sequence', size: units };
    },

    weightShapes: () => ({ weight: [vocabulary, units] }),

    initialise: (_, key) => ({
      weight: new Tensor(
        normal(key, vocabulary * units).map((x) => x * 0.5),
        [vocabulary, units],
      ),
    }),

    run(context, { weight }, x) {
      const { ops, batch, time } = context;
      const masksOf = (rules: readonly SiteRule[], tokens: LayerContext['tokens']) => {
        const extents = { batch, time, inputSize: units, hiddenSize: units, gates: 1 };
        return context.plan(rules, 'embedding', { ...extents, ...(tokens ? { tokens: { ids: tokens } } : {}) }).masks;
      };
      const mask = replacing.length > 0 ? masksOf(replacing, context.tokens).unknown : undefined;
      const replaced = mask && replaceUnkept(context, mask, unknown as number);
      const ids = replaced ? ops.uploadIndices(replaced, [time, batch]) : (x as Indices);
      const masks = multiplying.length > 0 ? masksOf(multiplying, replaced ?? context.tokens) : {};
      const factors = ops.uploadFactors(masks);
      const drop = (values: Handle): Handle =>
        factors.names.length === 0 ? values : ops.run(embeddingSites, { inputs: { x: values }, factors, batch }).y;
      return {
        y: drop(ops.gather(weight, ids)),
        backward: (dy) => ({ x: null, weights: { weight: ops.scatterAdd(drop(dy), ids, vocabulary) } }),
      };
    },
  };
}

/** @throws OptionError for what is no id, and where one is needed and missing */
function expectUnknown(vocabulary: number, unknown: number | undefined, replacing: readonly SiteRule[]): void {
  const isId = Number.isInteger(unknown) && (unknown as number) >= 0 && (unknown as number) < vocabulary;
  if (unknown === undefined ? replacing.length > 0 : !isId) {
    throw new OptionError(
      `embedding: an id from 0 to ${vocabulary - 1} was expected as unknown, which takes the place of dropped tokens, but ${show(unknown)} came`,
    );
  }
}

/** The token ids [T,B] with the unknown one wherever a token is not kept. Padding is no token, and stays. */
function replaceUnkept({ tokens, validSteps, batch }: LayerContext, mask: Mask, unknown: number): Int32Array {
  return (tokens as Int32Array).map((id, place) => {
    const [time, row] = [Math.floor(place / batch), place % batch];
    const isToken = time < (validSteps[row] as number);
    return isToken && mask.at({ gate: 0, time, row, unit: 0 }) === 0 ? unknown : id;
  });
}

const embeddingSites = kernel({
  name: 'embeddingSites',
  inputs: { x: ['x'] },
  factors: { wordType: 0, embeddingRow: 0, token: 0 },
  outputs: { y: ['y'] },
  body: ({ mul }, v) => ({ y: mul(mul(v.x, v.wordType), mul(v.embeddingRow, v.token)) }),
});
