/**
 * The expected best score of n trials, for n = 1, 2, ... (Dodge et al. 2019, "Show Your Work"): of n draws from the scores that came, with
 * replacement. So two searches are compared at the same budget, and one sees what more trials would bring.
 * @param mode whether less is better
 */
export function expectedBest(scores: readonly number[], mode: 'min' | 'max'): readonly number[] {
  const count = scores.length;
  // From the worst to the best: the i-th is the best of n draws with the probability (i / N)^n - ((i - 1) / N)^n.
  const sorted = [...scores].sort((a, b) => (mode === 'max' ? a - b : b - a));
  return sorted.map((_, k) => {
    const n = k + 1;
    return sorted.reduce((sum, score, i) => sum + score * (((i + 1) / count) ** n - (i / count) ** n), 0);
  });
}
