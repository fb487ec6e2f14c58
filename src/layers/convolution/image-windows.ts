import { MOST_NUMBERS } from '../../checks.ts';
import { ModelError } from '../../errors.ts';
import { imageShape, type Signature, vector } from '../signature.ts';
import { inFront, type Windows, windowCount } from './windows.ts';

/** Square windows over images [H,W,C]: those over the steps of a sequence, along both sides. */
export type ImageWindows = Windows;

/** What comes of images, with `channels` of it. @throws ModelError when no window lies within them */
export function overWindows(who: string, windows: ImageWindows, x: Signature, channels?: number): Signature {
  const [height, width, given] = imageShape(who, x);
  const [rows, columns] = [windowCount(windows, height), windowCount(windows, width)];
  const { size } = windows;
  if (rows * columns * size * size > MOST_NUMBERS) {
    throw new ModelError(
      `${who}: at most ${MOST_NUMBERS} positions in all windows of an image were expected, but ${rows} x ${columns} windows of ${size} x ${size} came; take smaller ones`,
    );
  }
  if (rows === 0 || columns === 0) {
    throw new ModelError(
      `${who}: images of at least ${size} x ${size} were expected, but [${x.shape}] came; take smaller windows, or padding: 'same'`,
    );
  }
  return vector(rows, columns, channels ?? given);
}

/** Windows over all images of a batch. */
export interface PlacedInImages {
  /** [B,H',W'] */
  readonly shape: readonly [batch: number, rows: number, columns: number];
  /** The positions (b H + i) W + j that stand in them, [B,H',W',K K]; -1 for what is put around an image. */
  readonly places: Int32Array;
}

/** @param shape of the images, [B,H,W,C] */
export function placeInImages(windows: ImageWindows, shape: readonly number[]): PlacedInImages {
  const { size, strides, dilation } = windows;
  const [batch = 0, height = 0, width = 0] = shape;
  const [rows, columns] = [windowCount(windows, height), windowCount(windows, width)];
  const [above, before] = [inFront(windows, height, rows), inFront(windows, width, columns)];
  const places = new Int32Array(batch * rows * columns * size * size);
  let at = 0;
  for (let b = 0; b < batch; b++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (let k = 0; k < size; k++) {
          const i = row * strides + k * dilation - above;
          for (let l = 0; l < size; l++) {
            const j = column * strides + l * dilation - before;
            const isInside = i >= 0 && i < height && j >= 0 && j < width;
            places[at++] = isInside ? (b * height + i) * width + j : -1;
          }
        }
      }
    }
  }
  return { shape: [batch, rows, columns], places };
}
