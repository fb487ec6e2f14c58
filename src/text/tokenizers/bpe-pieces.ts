/** What byte pair encoding works on: pieces of a text, and the symbols that a piece begins as. */

/** What symbols a text begins as: its bytes in UTF-8, as GPT-2 has them, or its characters. */
export type BpeAlphabet = 'bytes' | 'characters';

/** The pieces of GPT-2, across which nothing is joined: a space belongs to the word behind it. */
const PIECES = /'(?:s|t|re|ve|m|ll|d)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** More symbols are not joined: the time that a piece takes grows with the square of them. */
const MOST_SYMBOLS = 200;

/** Stands for the space in front of a word, where symbols are characters: SentencePiece's. */
const SPACE_SIGN = '\u2581';

const BYTE_SIGNS = byteSigns();

/** A printable character for each byte: itself, where it is one, or else one from U+0100 on. GPT-2's. */
function byteSigns(): readonly string[] {
  const isPrintable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(isPrintable(byte) ? byte : next++));
}

/** The pieces of a text, each as symbols. A space is put in front of the first word, so that it is no other word for standing there. */
export function* piecesOf(text: string, alphabet: BpeAlphabet): Generator<string[]> {
  const whole = /^\S/.test(text) ? ` ${text}` : text;
  for (const [piece] of whole.matchAll(PIECES)) {
    const symbols = alphabet === 'bytes' ? bytesOf(piece) : charactersOf(piece);
    for (let at = 0; at < symbols.length; at += MOST_SYMBOLS) yield symbols.slice(at, at + MOST_SYMBOLS);
  }
}

function bytesOf(piece: string): string[] {
  return Array.from(new TextEncoder().encode(piece), (byte) => BYTE_SIGNS[byte] as string);
}

/** White space between words is dropped, as everywhere but in bytes. */
function charactersOf(piece: string): string[] {
  if (piece.trim() === '') return [];
  return Array.from(piece, (character) => (character === ' ' ? SPACE_SIGN : character));
}
