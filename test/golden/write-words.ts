// Writes words.json: texts that are hard to cut, and their words by rules 2. A change of what is there changes what saved
// classifiers say, so that it needs rules of another number. Every text is cut alone.
import { writeFile } from 'node:fs/promises';
import { wordsOf } from '../../src/text/tokenizers/word-boundaries.ts';

const TEXTS: readonly string[] = [
  // Stops and colons between letters, which Chromium and Deno cut and Node does not.
  'It was dull.Then it ended',
  'e.g. e.g.this i.e. U.S.A. a.b.c x.org/path?q=1 user@host.com http://a.b/c foo:bar a::b a:b:c',
  // Apostrophes, and what looks like them.
  "O'Neill O’Neill's don't. it's rock'n'roll 'tis a' ' '' a''b 1'000 1’000 o.o'o",
  // Numbers.
  '3.5 1,000,000.50 1:30 12:30:45 2020-01-01 v1.2.3 5.kg 3.5kg 1.a a.1 1;2 1,a $5.00 -5 10% 1_000 ½ x² H₂O Ⅷ ①',
  'a_b __x__ _ C++ c# #tag @user well-known a·b a‧b a;b a"b "q" “q” a—b ok…sure wow!!! ?! ... :-) ;D',
  // Marks: composed or not, invisible, in front of a word.
  'e\u0301te\u0301 a\u0308\u0301b \u0301x \u0301\u0302 a\u00adb a\u200bb a\u200cb a\u200db a\u2060b \u200dx \ufe0f ¸a \u180ea',
  'a\tb\u00a0c\u2003d\u3000e\u2028f\u0085g\ufeffh',
  // Scripts with spaces.
  'нельзя по-русски Ελληνικά, ναι; שלום ג\'ורג צה"ל א" "א א"a a"א א־ב',
  'مرحبا بالعالم، كيف ٣٫٥ ٣,٥ ١٬٠٠٠ \u0600١٢ नमस्ते दुनिया সুন্দর தமிழ் සිංහල հայերեն՝ ქართული አማርኛ፡ነው',
  '한국어 텍스트 3월 삼성TV 가_나 가.나 a가b ㄱㄴ \u1100\u1161\u11a8',
  // Scripts without.
  'これは日本語の文章です。 東京タワーに行った アー あー カタカナ ｶﾞﾗｽ カ_a 人々 中a文1 〆 〇 ヶ',
  '我喜欢看电影，很好看。 漢︀字 ㍿ 〱〲 𠀀𠀁',
  'ฉันชอบดูหนังมาก น้ำ ไทยabc123 ຂ້ອຍມັກເບິ່ງໜັງ ນ້ຳ ខ្ញុំចូលចិត្តមើលកុន ကျွန်တော်ကြိုက်တယ် ๑๒ ១២',
  // Emoji, flags, keycaps.
  '👍🏽 👩‍👩‍👧 🇩🇪🇫🇷 🇩 🇩🇪🇫 a🇩🇪 ❤️ ☺ 1️⃣ #️⃣ 😀😀 a\u200d😀 😀\u200da 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ©®™',
  // Full width, letters that are symbols, beyond the first plane, halves of pairs.
  '１２３．５ Ａｂｃ ﬁn ß ª º ˈfoʊ ʼn ℵ℃Å 𝒳𝓎 𝟙𝟚 ⓐⓑ \ud800a \udc00 \u{10ffff}',
];

const cases = TEXTS.flatMap((text) => (/[\t\ufeff]/.test(text) ? [text] : text.split(' '))).map((text) => ({
  text,
  words: wordsOf(text, Number.POSITIVE_INFINITY),
}));
await writeFile(
  new URL('words.json', import.meta.url),
  `[\n${cases.map((entry) => ` ${ascii(JSON.stringify(entry))}`).join(',\n')}\n]\n`,
);

/** Escaped wherever one cannot see what it is. */
function ascii(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
