/** What schemes do in evaluation: most do nothing there, and zones and literal scaling do. */
import { readable } from '../../checks.ts';
import { ModelError, show } from '../../errors.ts';
import { Recurrent } from '../../layers/recurrent/recurrent.ts';
import { mean } from '../../masks/plan.ts';
import type { SchemeLike } from '../../masks/scheme.ts';
import type { Site } from '../../masks/sites.ts';
import { type ExportableModel, exportedLayers } from './exportable-model.ts';

/** What each site that acts in evaluation multiplies by, after so many updates; or of a zone the share of the new state. */
export function evaluationFactors(scheme: SchemeLike, update: number): Partial<Record<Site, number>> {
  const factors = Object.entries(mean(scheme, { update }).masks).map(([site, { scale }]) => [site, scale] as const);
  return Object.fromEntries(factors.filter(([, factor]) => factor !== 1));
}

interface ActingLayer {
  /** `layer 0 (lstm)` */
  readonly who: string;
  readonly sites: readonly Site[];
}

/** The layers of a model that predict otherwise than their weights alone. @throws OptionError for what is no model */
export function layersActing(value: ExportableModel | Recurrent): readonly ActingLayer[] {
  if (value instanceof Recurrent) return [];
  const { layers, updates } = exportedLayers(value);
  const found = readable('exportModel', () =>
    layers.map(({ config, scheme = [] }, i) => ({
      who: `layer ${i} (${String(config.type)})`,
      sites: Object.keys(evaluationFactors(scheme, updates)) as Site[],
    })),
  );
  return found.filter(({ sites }) => sites.length > 0);
}

/** @throws ModelError for the first of them */
export function expectNoneActing([first]: readonly ActingLayer[]): void {
  if (!first) return;
  const sites = first.sites.map(show).join(', ');
  throw new ModelError(
    `exportModel: ${first.who}: a scheme that leaves predictions as they are was expected, but ${sites} came, which acts in them; export the model to 'onnx', or train it without`,
  );
}

export function actingNote({ who, sites }: ActingLayer): string {
  return `${who}: predictions of these weights are others elsewhere: ${sites.map(show).join(', ')} acts in them here, and is no part of the file; 'onnx' has it`;
}
