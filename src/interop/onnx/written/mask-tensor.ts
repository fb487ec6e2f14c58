import { ShapeError, show } from '../../../errors.ts';
import { hasTimesteps } from '../../../masks/fixed-in-time.ts';
import type { Extents, Mask } from '../../../masks/mask.ts';
import type { SiteRule } from '../../../masks/scheme.ts';
import { sizeOf, Tensor } from '../../../tensor/tensor.ts';
import { type MaskSizes, maskShape } from './mask-factors.ts';

/** A mask with its scale, as an input has it; ones where nothing is dropped. @throws ShapeError for one of another rule */
export function maskTensor(
  rule: SiteRule,
  mask: Mask | undefined,
  sizes: MaskSizes,
  { batch, time }: Pick<Extents, 'batch' | 'time'>,
  isWide: boolean,
): Tensor {
  const shape = maskShape(rule, sizes).map((size) =>
    size === 'batch' ? batch : size === 'time' ? time : Number(size),
  );
  const { strides, values, scale } = mask ?? { strides: ONE_FOR_ALL, values: [1], scale: 1 };
  const own = mask?.sizes ?? { gate: 1, time: 1, row: 1, unit: 1 };
  const axes = [
    ...(rule.tied ? [] : (['gate'] as const)),
    'row' as const,
    ...(hasTimesteps(rule) ? (['time'] as const) : []),
    'unit' as const,
  ];
  // One of an expectation stands for any size; a drawn one has those of the batch.
  const fits = axes.every((axis, i) => own[axis] === shape[i] || own[axis] === 1);
  const isOfRule = !mask || (mask.rule.tied === rule.tied && hasTimesteps(mask.rule) === hasTimesteps(rule));
  if (!isOfRule || !fits) {
    throw new ShapeError(
      `onnxMasks: a mask of shape [${shape}] was expected at ${rule.site}, as the scheme that was exported has it, but one of ${show(own)} came; draw it for this batch`,
    );
  }
  if (sizeOf(shape) > MOST_ENTRIES) {
    throw new ShapeError(
      `onnxMasks: a mask of at most ${MOST_ENTRIES} entries was expected at ${rule.site}, but shape [${shape}] came; take smaller batches`,
    );
  }
  const scaled = Float64Array.from(values, (value) => value * scale);
  const flat = new Tensor(
    scaled,
    shape,
    axes.map((axis) => (own[axis] === 1 ? 0 : strides[axis])),
  ).toFlat();
  return new Tensor(isWide ? flat : Float32Array.from(flat), shape);
}

/** Entries of one mask. */
const MOST_ENTRIES = 2 ** 27;

const ONE_FOR_ALL = { gate: 0, time: 0, row: 0, unit: 0 } as const;
