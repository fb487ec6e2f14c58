/**
 * Encodings that are told by what they make of the bytes: runs of characters of their language. Earlier ones win where
 * two make as much of them. What Latin letters are in stands last, since it can make something of any bytes.
 */
const CANDIDATES: readonly { readonly label: string; readonly runs: RegExp }[] = [
  { label: 'euc-jp', runs: /[\u3041-\u30fe\u4e00-\u9fff]*[\u3041-\u30fe]{2,}[\u3041-\u30fe\u4e00-\u9fff]*/g },
  { label: 'shift_jis', runs: /[\u3041-\u30fe\u4e00-\u9fff]*[\u3041-\u30fe]{2,}[\u3041-\u30fe\u4e00-\u9fff]*/g },
  { label: 'euc-kr', runs: /[\uac00-\ud7a3]{2,}/g },
  // The commonest characters: these two read each other's texts as others that hardly occur.
  {
    label: 'gb18030',
    runs: /[的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里，。]/g,
  },
  {
    label: 'big5',
    runs: /[的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡，。]/g,
  },
  // In the wrong one of these two, small letters come out as capitals.
  { label: 'windows-1251', runs: /[А-ЯЁ]?[а-яё]{2,}/g },
  { label: 'koi8-r', runs: /[А-ЯЁ]?[а-яё]{2,}/g },
  { label: 'windows-1253', runs: /[Ά-Ϋ]?[ά-ώ]{2,}/g },
  { label: 'windows-1255', runs: /[א-ת]{2,}/g },
  { label: 'windows-1256', runs: /[ء-ي]{2,}/g },
];

/** The share of the characters beyond ASCII that the runs must cover; of the commonest Chinese ones, every sixth is enough. */
const ENOUGH = 0.6;
const ENOUGH_OF_COMMONEST = 1 / 6;

/** The share of the characters of UTF-16 that have a zero: those of a Chinese table, say, where commas and line ends have. */
const SOME = 0.02;

/** Fewer bytes show nothing. */
const SHORTEST = 8;

/** Files that hold texts in a form of their own, by their first bytes. */
const PACKED: readonly { readonly name: string; readonly start: readonly number[] }[] = [
  { name: 'gzip', start: [0x1f, 0x8b] },
  { name: 'ZIP (which .xlsx is as well)', start: [0x50, 0x4b, 3, 4] },
  { name: 'xz', start: [0xfd, 0x37, 0x7a, 0x58, 0x5a] },
  { name: 'Zstandard', start: [0x28, 0xb5, 0x2f, 0xfd] },
  { name: 'Parquet', start: [0x50, 0x41, 0x52, 0x31] },
];

/** What a file of bytes that are no text is, by its first bytes; undefined where they say nothing. */
export function packedForm(bytes: Uint8Array): string | undefined {
  return PACKED.find(({ start }) => start.every((byte, i) => bytes[i] === byte))?.name;
}

/** What bytes that are not UTF-8 are likely to be: a label of TextDecoder. */
export function likelyEncoding(bytes: Uint8Array): string {
  const wide = wideEncoding(bytes, SOME);
  if (wide !== undefined) return wide;
  let best = { label: 'windows-1252', covered: 0 };
  for (const { label, runs } of CANDIDATES) {
    const text = tryDecode(label, bytes);
    if (text === undefined) continue;
    const beyond = text.match(/[\u0080-\u{10ffff}]/gu)?.length ?? 0;
    const inRuns = (text.match(runs) ?? []).reduce((sum, run) => sum + run.length, 0);
    const covered = inRuns / beyond / (/^(gb|big)/.test(label) ? ENOUGH_OF_COMMONEST : ENOUGH);
    if (covered >= 1 && covered > best.covered) best = { label, covered };
  }
  return best.label;
}

/**
 * UTF-16, told by its byte order mark or else by the zeros that Latin letters, spaces and line ends have in it. Without
 * letters beyond ASCII such bytes are UTF-8 as well, of a text in which every second character is NUL.
 * @param share how many of the characters have a zero, at least
 */
export function wideEncoding(bytes: Uint8Array, share: number): 'utf-16le' | 'utf-16be' | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (bytes.length < SHORTEST) return undefined;
  const zeros: [number, number] = [0, 0];
  for (const [i, byte] of bytes.entries()) if (byte === 0) zeros[(i & 1) as 0 | 1] += 1;
  const pairs = bytes.length / 2;
  const isWide = (often: number, rare: number): boolean => often > pairs * share && rare < often / 20;
  if (isWide(zeros[1], zeros[0])) return 'utf-16le';
  return isWide(zeros[0], zeros[1]) ? 'utf-16be' : undefined;
}

/** @returns undefined when the bytes are not of that encoding; a character that is cut off at their end is left aside */
export function tryDecode(label: string, bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}
