/** Words that were used in several meanings, and now have one each. */
export const WORDS: readonly string[] = ['whole', 'own', 'lane', 'step', 'rate', 'scope'];

/** What the glossary of a page lacks: the table below its heading "Words" explains each word once, in one row. */
export function glossaryViolations(page: string): string[] {
  const [, section] = /^#+ Words\n([\s\S]*?)(?=^#+ |$(?![\s\S]))/m.exec(page) ?? [];
  if (section === undefined) return ['there is no heading "Words"'];
  const rows = section
    .split('\n')
    .filter((line) => /^\s*\|/.test(line))
    .map((line) => line.trim().slice(1).split('|'))
    .map(([word = '', meaning = '']) => ({ word: word.replace(/[*_`\s]/g, ''), meaning: meaning.trim() }));
  return WORDS.flatMap((word) => {
    const found = rows.filter((row) => row.word === word);
    if (found.length !== 1) return [`${word}: ${found.length} rows, where 1 was expected`];
    return found[0]?.meaning === '' ? [`${word}: no meaning`] : [];
  });
}
