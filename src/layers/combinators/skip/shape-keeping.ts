import { ModelError, show } from '../../../errors.ts';
import type { Layer } from '../../layer.ts';
import { type Kind, type Signature, showSignature } from '../../signature.ts';
import { type ChainParts, chainParts, commonInput, expectInner } from '../inner-layers.ts';

/** Layers one behind the other, of numbers, whose output is shaped like their input: what x can go around. */
export interface ShapeKeeping {
  readonly chain: ChainParts;
  /** What they can take. */
  readonly kinds: readonly Kind[];
  /** The signature of x again. @throws ModelError where something else comes of the layers */
  output(x: Signature): Signature;
}

/** @throws ModelError for what are no layers, for those that change the number of steps, or that take no numbers */
export function shapeKeeping(who: string, layers: readonly Layer[]): ShapeKeeping {
  expectInner(who, layers);
  const chain = chainParts(who, layers);
  const changing = layers.find(({ steps }) => steps);
  if (changing) {
    throw new ModelError(
      `${who}: layers that hand on as many steps as come were expected inside, but ${show(changing.config.type)} does not; set padding: 'same' or 'causal', without strides`,
    );
  }
  const { kinds } = commonInput(who, layers.slice(0, 1));
  const numbers = kinds.filter((kind) => kind === 'vector' || kind === 'sequence');
  if (numbers.length === 0) {
    throw new ModelError(
      `${who}: layers from numbers to numbers were expected inside, but ${show(layers[0]?.config.type)} came first; put it before`,
    );
  }
  return {
    chain,
    kinds: numbers,
    output(x) {
      const y = chain.output(x);
      if (y.over === x.over && y.dtype === x.dtype && y.shape.join() === x.shape.join()) return y;
      throw new ModelError(
        `${who}: layers from ${showSignature(x)} to the same were expected inside, but ${showSignature(y)} comes of them; give the last one ${x.shape.at(-1)} units`,
      );
    },
  };
}
