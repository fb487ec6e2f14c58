/**
 * Word boundaries of UAX 29, by rules of our own, since Intl.Segmenter cuts otherwise from host to host: Chromium and Deno
 * at each full stop and colon between letters, and every host by its own dictionaries where a script has no spaces. Where
 * the annex and ICU 78 differ ICU is followed, which is the segmenter of Node; what a dictionary would decide is
 * cut after every character. A host decides over characters alone that are newer than its Unicode.
 */

/** What a character does to the boundaries around it: the classes of the annex, as far as a rule asks for them. */
type WordClass =
  | 'space'
  | 'mark'
  | 'letter'
  | 'hebrew'
  | 'katakana'
  | 'hangul'
  | 'digit'
  | 'joiner'
  | 'amid letters'
  | 'amid digits'
  | 'amid both'
  | 'quote'
  | 'double quote'
  | 'flag'
  | 'other';

/** Signs in front of a number, which Unicode has among the marks too. */
const SPANNING_SIGNS = String.raw`\u0600-\u0605\u06dd\u0890\u0891\u08e2\u{110bd}\u{110cd}`;

/** Only a dictionary knows the words of these scripts, which have no spaces. */
const NO_SPACES = [
  'Hiragana',
  'Thai',
  'Lao',
  'Myanmar',
  'Khmer',
  'Tai_Le',
  'New_Tai_Lue',
  'Tai_Tham',
  'Tai_Viet',
  'Ahom',
]
  .map((script) => String.raw`\p{Script=${script}}`)
  .join('');

/** A character is of the first class that has it. */
const CLASSES: readonly (readonly [WordClass, RegExp])[] = [
  ['space', /\s/u],
  ['digit', new RegExp(String.raw`[\p{Nd}\u066b${SPANNING_SIGNS}]`, 'u')],
  // What belongs to the character before it: Extend, Format and ZWJ, and the Thai and Lao vowel that is written as a letter.
  ['mark', /(?![\u070f\u200b])[\p{Grapheme_Extend}\p{Mc}\p{Emoji_Modifier}\p{Cf}\u0e33\u0eb3]/u],
  ['katakana', /[\p{Script=Katakana}\u3031-\u3035\u309b\u309c\u30a0\u30fc\uff70]/u],
  ['hangul', /[\uac00-\ud7a3]/u],
  ['hebrew', /(?=\p{Lo})\p{Script=Hebrew}/u],
  ['joiner', /\p{Pc}/u],
  ['flag', /\p{Regional_Indicator}/u],
  ['quote', /'/u],
  ['double quote', /"/u],
  ['amid both', /[.\u2018\u2019\u2024\ufe52\uff07\uff0e]/u],
  ['amid letters', /[:\xb7\u0387\u055f\u05f4\u2027\ufe13\ufe55\uff1a]/u],
  ['amid digits', /[,;\u037e\u0589\u060c\u060d\u066c\u07f8\u2044\ufe50\ufe54\uff0c\uff1b]/u],
  ['other', new RegExp(String.raw`[\p{Ideographic}\u3005\u303b\u{16fe3}${NO_SPACES}]`, 'u')],
  // And signs that ALetter has besides the letters.
  ['letter', /[\p{Alphabetic}\xb8\u02c2-\u02c5\u02d2-\u02d7\u02de\u02df\u02e5-\u02eb\u02ed\u02ef-\u02ff]/u],
  ['letter', /[\u055a-\u055c\u055e\u058a\u05f3\u070f\ua708-\ua716\ua720\ua721\ua789\ua78a\uab5b]/u],
];

const known = new Map<number, WordClass>();

function classOf(codePoint: number): WordClass {
  let found = known.get(codePoint);
  if (found === undefined) {
    const character = String.fromCodePoint(codePoint);
    found = CLASSES.find(([, pattern]) => pattern.test(character))?.[0] ?? 'other';
    known.set(codePoint, found);
  }
  return found;
}

/** A character with the marks that follow it. */
interface Cluster {
  readonly start: number;
  readonly end: number;
  readonly of: WordClass;
}

/** What is before and behind every text. */
const NOTHING: Cluster = { start: 0, end: 0, of: 'space' };

function clusterAt(text: string, start: number): Cluster {
  if (start >= text.length) return NOTHING;
  const first = text.codePointAt(start) as number;
  const of = classOf(first);
  let end = start + lengthOf(first);
  // WB4; but for white space, which is dropped.
  while (end < text.length && of !== 'space') {
    const next = text.codePointAt(end) as number;
    if (classOf(next) !== 'mark') break;
    end += lengthOf(next);
  }
  return { start, end, of };
}

/** In UTF-16 units. */
function lengthOf(codePoint: number): number {
  return codePoint > 0xffff ? 2 : 1;
}

const ZERO_WIDTH_JOINER = '\u200d';

/**
 * Words, punctuation marks and symbols, in order, without the white space between them.
 * @param limit the tokens past this many are left out, and not looked for
 */
export function wordsOf(text: string, limit: number): string[] {
  const words: string[] = [];
  let [beforeLast, last, here] = [NOTHING, NOTHING, clusterAt(text, 0)];
  let start = 0;
  // Two letters make a flag.
  let half = false;
  while (words.length < limit) {
    const next = clusterAt(text, here.end);
    const completes: boolean = half && here.of === 'flag';
    const joins: boolean =
      completes ||
      isOfOneWord(beforeLast.of, last.of, here.of, next.of) ||
      (text[here.start - 1] === ZERO_WIDTH_JOINER &&
        /^\p{Extended_Pictographic}/u.test(text.slice(here.start, here.end)));
    if (!joins) {
      if (last.of !== 'space') words.push(text.slice(start, last.end));
      start = here.start;
    }
    if (here === NOTHING) break;
    half = here.of === 'flag' && !completes;
    [beforeLast, last, here] = [last, here, next];
  }
  return words;
}

/** Whether there is no boundary between the second and the third of four clusters: WB5 to WB13b. */
function isOfOneWord(beforeLast: WordClass, last: WordClass, here: WordClass, next: WordClass): boolean {
  if (isAlphanumeric(last) && isAlphanumeric(here)) return true;
  if (last === here && (here === 'katakana' || here === 'hangul' || here === 'joiner')) return true;
  if (last === 'joiner') return isAlphanumeric(here) || here === 'katakana';
  if (here === 'joiner') return isAlphanumeric(last) || last === 'katakana';
  if (last === 'hebrew' && here === 'quote') return true;
  return isAmid(beforeLast, last, here) || isAmid(last, here, next);
}

/** Whether what stands between two others is part of their word, or number. */
function isAmid(before: WordClass, amid: WordClass, after: WordClass): boolean {
  if (amid === 'double quote') return before === 'hebrew' && after === 'hebrew';
  const both = amid === 'amid both' || amid === 'quote';
  if (before === 'digit') return after === 'digit' && (both || amid === 'amid digits');
  return isLetter(before) && isLetter(after) && (both || amid === 'amid letters');
}

function isLetter(of: WordClass): boolean {
  return of === 'letter' || of === 'hebrew';
}

function isAlphanumeric(of: WordClass): boolean {
  return isLetter(of) || of === 'digit';
}
