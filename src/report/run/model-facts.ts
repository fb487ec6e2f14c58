import { DataError, show } from '../../errors.ts';
import { innerConfigs } from '../../layers/combinators/inner-configs.ts';
import type { Layer } from '../../layers/layer.ts';
import type { SiteRule } from '../../masks/scheme.ts';
import { layerSummaries } from '../../train/model/summary.ts';
import type { Model } from '../../train/model/model.ts';
import { describeRule } from '../../verify/describe-rule.ts';
import type { ReportLayer } from './report-data.ts';

/** What a model is made of, and what it drops where. @throws DataError for what is no model */
export function modelFacts(model: Pick<Model, 'layers' | 'input'> & Partial<Pick<Model, 'inputs'>>): ReportLayer[] {
  const { layers, input, inputs = input && { x: input } } = Object(model) as typeof model;
  if (!Array.isArray(layers)) {
    throw new DataError(`report: the model that was trained was expected as model, but ${show(model)} came`);
  }
  const summaries = layerSummaries(layers, inputs);
  return summaries.map(({ output, weights }, i) => {
    const { config } = layers[i] as Layer;
    const drops = rulesOf(config).map((rule) => ({ site: rule.site, rule: describeRule(rule) }));
    return { name: plainName(config), output: output ?? '?', weights: weights ?? 0, drops };
  });
}

/** Also of the layers in a layer, such as that of `bidirectional`. */
function rulesOf(config: Layer['config']): readonly SiteRule[] {
  return Array.isArray(config.dropout) ? config.dropout : innerConfigs(config).flatMap(rulesOf);
}

function plainName(config: Layer['config']): string {
  const inner = innerConfigs(config);
  return inner.length > 0 ? `${config.type}(${inner.map(plainName).join(', ')})` : config.type;
}
