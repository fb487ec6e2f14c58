import fc from 'fast-check';
import { cellOf } from '../../cells/cells.ts';
import { expectSites, resolveScheme, type SiteRule } from '../../masks/scheme.ts';
import { fold, key } from '../../random/key.ts';
import type { VerifyOptions } from '../black-box/black-box.ts';
import { siteActs } from '../laws/every-site-acts.ts';
import { LAWS } from '../laws/laws.ts';
import type { PropertyResult, Report } from '../report.ts';
import type { CellSubject } from '../subject.ts';
import { type Law, ONE_LAYER } from './law.ts';
import { runLaw } from './run-law.ts';
import { makeTrial } from './trial.ts';

/** The laws that speak of a cell with the scheme that it claims. */
export function lawsOf(subject: CellSubject): readonly Law[] {
  const { cell, rules } = parts(subject);
  return LAWS.filter((law) => law.applies(cell, rules));
}

/**
 * Check every law that speaks of a cell and its scheme, on random small layers in float64.
 * @param options runs: examples for each law; the law's own number when left out
 * @throws OptionError, RateError or SiteError when the cell or the scheme is not one, or the cell lacks a site
 */
export async function whiteBox(subject: CellSubject, { seed = 1, runs }: VerifyOptions = {}): Promise<Report> {
  const { cell, rules } = parts(subject);
  const properties: PropertyResult[] = [];
  for (const law of lawsOf(subject)) {
    // A stream for each law: one more law changes no example of another.
    const [word] = fold(key(seed), law.name).words;
    properties.push(await runLaw(law, { cell, schemes: fc.constant(rules), seed: word | 0, runs }));
  }
  return {
    subject: subject.name,
    passed: properties.every(({ passed }) => passed),
    properties,
    claims: rules,
    observed: await rulesThatAct(subject, seed),
    notes: [],
    seed,
  };
}

function parts({ cell, claims }: CellSubject): { cell: CellSubject['cell']; rules: readonly SiteRule[] } {
  const checked = cellOf(cell);
  const rules = resolveScheme(claims);
  expectSites(rules, checked.name, checked.sites);
  return { cell: checked, rules };
}

/** The masks are drawn by us, so what there is to see is whether the cell applies them. */
async function rulesThatAct(subject: CellSubject, seed: number): Promise<readonly SiteRule[]> {
  const { cell, rules } = parts(subject);
  const [stack = { layers: 1, bidirectional: false }] = ONE_LAYER;
  const sizes = { batch: 2, time: 2, inputSize: 2, hiddenSize: 3, stack, ragged: false };
  const acts = await Promise.all(
    rules.map(async (rule) => {
      try {
        return await siteActs(makeTrial(cell, rules, { ...sizes, seed }), rule);
      } catch {
        // A cell that throws was reported by the laws.
        return false;
      }
    }),
  );
  return rules.filter((_, i) => acts[i]);
}
