import { readFile } from 'node:fs/promises';
import { DataError, type Examples, Tensor } from 'keepgate';

/** The keys of a piano, and the MIDI pitch of the lowest. */
export const KEYS = 88;
const LOWEST = 21;

export type Part = 'train' | 'valid' | 'test';

/** Pieces by part: lists of frames, which are lists of the pitches that sound. */
export type Pieces = Readonly<Record<Part, readonly (readonly (readonly number[])[])[]>>;

/** @throws DataError unless it is a file of such pieces */
export async function readPieces(path: string): Promise<Pieces> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new DataError(
      `${path}: a file of pieces was expected, but it cannot be read (${error.code}); name jsb-chorales-quarter.json`,
    );
  });
  const pieces = parsed(text);
  const isPitch = (pitch: unknown): boolean =>
    Number.isInteger(pitch) && Number(pitch) >= LOWEST && Number(pitch) < LOWEST + KEYS;
  const fits = (['train', 'valid', 'test'] as const).every((part) => {
    const of = pieces?.[part];
    const isPiece = (piece: unknown): boolean =>
      Array.isArray(piece) && piece.length > 1 && piece.every((frame) => Array.isArray(frame) && frame.every(isPitch));
    return Array.isArray(of) && of.length > 0 && of.every(isPiece);
  });
  if (fits) return pieces as Pieces;
  throw new DataError(
    `${path}: { train, valid, test } of pieces was expected, each two frames and more of pitches from ${LOWEST} to ${LOWEST + KEYS - 1}, but other JSON came; check the file`,
  );
}

function parsed(text: string): Partial<Pieces> | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Each frame but the last, and at each the next: 88 numbers of 0 or 1 a frame. */
export function asExamples(pieces: Pieces[Part]): Examples {
  const rolls = pieces.map((frames) => {
    const roll = new Float32Array(frames.length * KEYS);
    for (const [t, pitches] of frames.entries()) for (const pitch of pitches) roll[t * KEYS + pitch - LOWEST] = 1;
    return roll;
  });
  const part = (roll: Float32Array, from: number, to: number): Tensor =>
    new Tensor(roll.subarray(from * KEYS, to * KEYS), [to - from, KEYS]);
  return {
    x: rolls.map((roll) => part(roll, 0, roll.length / KEYS - 1)),
    y: rolls.map((roll) => part(roll, 1, roll.length / KEYS)),
  };
}
