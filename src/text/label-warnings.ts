/**
 * What is odd about labels, a sentence each: those that differ in case or spaces alone are counted as different classes,
 * though they are seldom meant so.
 * @param counts how many texts each label has
 */
export function labelWarnings(counts: ReadonlyMap<string, number>): string[] {
  const alike = new Map<string, string[]>();
  for (const label of counts.keys()) {
    const plain = label.normalize('NFKC').replaceAll(/\s+/g, ' ').trim().toLowerCase();
    alike.set(plain, [...(alike.get(plain) ?? []), label]);
  }
  return [...alike.values()]
    .filter((labels) => labels.length > 1)
    .map((labels) => {
      const shown = labels.map((label) => `${JSON.stringify(label)} (${counts.get(label)})`);
      return `labels that differ in case or spaces alone are classes of their own: ${shown.join(', ')}`;
    });
}
