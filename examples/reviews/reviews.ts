import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DataError, key, permutation, Vocabulary, wordTokenizer } from 'keepgate';

const AUTHORS = ['Dennis+Schwartz', 'James+Berardinelli', 'Scott+Renshaw', 'Steve+Rhodes'];

/** As in the code of Gal and Ghahramani: reviews are cut into pieces, each with the rating of its review. */
const [PIECE, VOCABULARY, TRAINING] = [200, 20_000, 0.8];

/** Pieces of reviews as token ids, and what their reviews were rated, from 0 to 1. */
export interface Pieces {
  readonly x: readonly (readonly number[])[];
  readonly ratings: readonly number[];
}

/** What a network learns from, and is tested on. */
export interface Reviews {
  readonly training: Pieces;
  readonly test: Pieces;
  readonly vocabulary: number;
}

/**
 * The reviews of Pang and Lee 2005 ("scale data"), of four authors, in an order that the seed 0 decides.
 * @param folder with a folder for each author
 * @throws DataError when a file is missing, or the texts and ratings of an author are not as many
 */
export async function readReviews(folder: string): Promise<Reviews> {
  const reviews: { readonly tokens: readonly string[]; readonly rating: number }[] = [];
  const { tokenize } = wordTokenizer();
  for (const author of AUTHORS) {
    const texts = linesOf(gunzipSync(await bytesOf(join(folder, author, `subj.${author}.gz`))));
    const ratings = linesOf(await bytesOf(join(folder, author, `rating.${author}`))).map(Number);
    if (texts.length !== ratings.length || !ratings.every((rating) => rating >= 0 && rating <= 1)) {
      throw new DataError(
        `${join(folder, author)}: a rating from 0 to 1 for each of ${texts.length} reviews was expected, but other lines came; check the files`,
      );
    }
    for (const [i, text] of texts.entries()) reviews.push({ tokens: tokenize(text), rating: ratings[i] as number });
  }
  const pieces = permutation(key(0), reviews.length).flatMap((i) => {
    const { tokens, rating } = reviews[i] as (typeof reviews)[number];
    return Array.from({ length: Math.ceil(tokens.length / PIECE) }, (_, piece) => ({
      tokens: tokens.slice(piece * PIECE, (piece + 1) * PIECE),
      rating,
    }));
  });
  const [learned, others] = [pieces.slice(0, TRAINING * pieces.length), pieces.slice(TRAINING * pieces.length)];
  const vocabulary = Vocabulary.build(
    learned.map(({ tokens }) => tokens),
    { maxSize: VOCABULARY },
  );
  const encoded = (part: typeof pieces): Pieces => ({
    x: part.map(({ tokens }) => vocabulary.encode(tokens)),
    ratings: part.map(({ rating }) => rating),
  });
  return { training: encoded(learned), test: encoded(others), vocabulary: vocabulary.size };
}

const linesOf = (bytes: Buffer): string[] => bytes.toString('latin1').trimEnd().split('\n');

function bytesOf(path: string): Promise<Buffer> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new DataError(
      `${path}: a file of the scale data was expected, but it cannot be read (${error.code}); name the folder that has a folder for each author`,
    );
  });
}
