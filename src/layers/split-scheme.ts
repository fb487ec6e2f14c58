import { resolveScheme, type Scheme, type SchemeLike } from '../masks/scheme.ts';
import { SITES, type SiteTraits } from '../masks/sites.ts';

/**
 * A scheme by the layers that have its sites: `dropout` of `embedding()` takes one part, of `lstm()` the other.
 * @example
 * ```ts
 * import { splitScheme, variational, wordTypeDropout } from 'keepgate';
 *
 * const { embedding, cell } = splitScheme([wordTypeDropout({ rate: 0.1 }), variational({ recurrent: 0.25 })]);
 * console.log(embedding.map(({ site }) => site), cell.map(({ site }) => site)); // prints: [ 'wordType' ] [ 'recurrent' ]
 * ```
 */
export function splitScheme(scheme: SchemeLike): Readonly<Record<SiteTraits['of'], Scheme>> {
  const rules = resolveScheme(scheme);
  const partOf = (layer: SiteTraits['of']): Scheme => rules.filter(({ site }) => SITES[site].of === layer);
  return { cell: partOf('cell'), embedding: partOf('embedding') };
}
