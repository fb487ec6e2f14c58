import { DataError, show } from '../../errors.ts';
import type { Layer } from '../../layers/layer.ts';
import type { SiteRule } from '../../masks/scheme.ts';
import { layerSummaries } from '../../train/model/summary.ts';
import type { Model } from '../../train/model/model.ts';
import { flowThrough, weightSpecs } from '../../train/pass.ts';
import { describeRule } from '../../verify/describe-rule.ts';
import type { ReportLayer } from './report-data.ts';

/** What a model is made of, and what it drops where. @throws DataError for what is no model */
export function modelFacts(model: Pick<Model, 'layers' | 'input'>): ReportLayer[] {
  const { layers, input } = Object(model) as typeof model;
  if (!Array.isArray(layers)) {
    throw new DataError(`report: the model that was trained was expected as model, but ${show(model)} came`);
  }
  const outputs = input && flowThrough(layers, input).outputs;
  const summaries = layerSummaries(layers, outputs, input ? weightSpecs(layers, input) : {});
  return summaries.map(({ output, weights }, i) => {
    const { config } = layers[i] as Layer;
    const drops = rulesOf(config).map((rule) => ({ site: rule.site, rule: describeRule(rule) }));
    return { name: plainName(config), output: output ?? '?', weights: weights ?? 0, drops };
  });
}

/** Also of the layer in a layer, such as that of `bidirectional`. */
function rulesOf({ layer, dropout }: Layer['config']): readonly SiteRule[] {
  if (Array.isArray(dropout)) return dropout;
  return typeof layer === 'object' && layer !== null ? rulesOf(layer as Layer['config']) : [];
}

function plainName({ type, layer }: Layer['config']): string {
  return typeof layer === 'object' && layer !== null ? `${type}(${plainName(layer as Layer['config'])})` : type;
}
