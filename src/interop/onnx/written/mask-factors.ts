import { peakRate } from '../../../masks/dropout-rate.ts';
import { hasTimesteps } from '../../../masks/fixed-in-time.ts';
import type { SiteRule } from '../../../masks/scheme.ts';
import { SITES, type Site } from '../../../masks/sites.ts';
import { evaluationFactors } from '../../exported/evaluated.ts';
import type { GraphBuilder, Size } from '../nodes/graph-builder.ts';

/** What a site multiplies by, or of a zone the share of the new state: a number, or an input of the graph. */
export type Factor =
  | { readonly number: number; readonly input?: undefined }
  | { readonly input: string; readonly rule: SiteRule };

/** The factors of one lane, or of a layer that has none: by site. */
export type FactorsOf = (rules: readonly SiteRule[], label: string, sizes: MaskSizes) => Partial<Record<Site, Factor>>;

/** The sizes of a lane that its masks have. */
export interface MaskSizes {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly gates: number;
}

/** The name of the input for a mask: `1.recurrent_l0` of a lane of layer 1, `2.output` of a layer without lanes. */
export function maskName(layer: number | undefined, site: Site, label: string): string {
  return `${layer === undefined ? '' : `${layer}.`}${site}${label.startsWith('_') ? label : ''}`;
}

/** The rules of a scheme that ever drop something. */
export function droppingRules(rules: readonly SiteRule[]): readonly SiteRule[] {
  return rules.filter(({ rate }) => peakRate(rate) > 0);
}

/** The expectation of a scheme, after so many updates. */
export function expectation(update: number): (layer: number | undefined) => FactorsOf {
  return () => (rules) =>
    Object.fromEntries(Object.entries(evaluationFactors(rules, update)).map(([site, number]) => [site, { number }]));
}

/** An input of the graph for each mask. */
export function maskInputs(graph: GraphBuilder): (layer: number | undefined) => FactorsOf {
  return (layer) => (rules, label, sizes) =>
    Object.fromEntries(
      droppingRules(rules).map((rule) => {
        const input = graph.input(maskName(layer, rule.site, label), graph.float, maskShape(rule, sizes));
        return [rule.site, { input, rule }];
      }),
    );
}

/** As `Mask.toArray` has it: [B,n], per step [B,T,n], untied [G,B,n] or [G,B,T,n], of a weight [G*H,H]. */
export function maskShape(rule: SiteRule, { inputSize, hiddenSize, gates }: MaskSizes): readonly Size[] {
  const { width, ofWeights, ofWordTypes } = SITES[rule.site];
  const isOneRow = rule.shared.includes('batch') && !ofWordTypes;
  const unit = rule.shared.includes('unit') ? 1 : { input: inputSize, hidden: hiddenSize, one: 1 }[width];
  return [
    ...(rule.tied ? [] : [gates]),
    ofWeights ? gates * hiddenSize : isOneRow ? 1 : 'batch',
    ...(hasTimesteps(rule) ? ['time'] : []),
    unit,
  ];
}
