import { expectNoMore, expectWhole } from '../checks.ts';
import type { Indices } from '../engines/ops.ts';
import { ModelError } from '../errors.ts';
import { normal } from '../random/draws.ts';
import { Tensor } from '../tensor/tensor.ts';
import { expectKind } from './expect.ts';
import type { Layer } from './layer.ts';

export interface EmbeddingOptions {
  /** V: the number of token ids, padding and unknown included. */
  readonly vocabulary: number;
  /** The length of a token's vector. */
  readonly units: number;
}

/** Token ids [T,B] to vectors [T,B,units], by a trained table `weight` [V, units]. */
export function embedding({ vocabulary, units, ...rest }: EmbeddingOptions): Layer<'weight'> {
  expectNoMore('embedding', rest);
  expectWhole('embedding', 'vocabulary', vocabulary, 1);
  expectWhole('embedding', 'units', units, 1);
  return {
    config: { type: 'embedding', vocabulary, units },
    takes: ['tokens'],
    vocabulary,

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

    run({ ops }, { weight }, x) {
      const ids = x as Indices;
      return {
        y: ops.gather(weight, ids),
        backward: (dy) => ({ x: null, weights: { weight: ops.scatterAdd(dy, ids, vocabulary) } }),
      };
    },
  };
}
