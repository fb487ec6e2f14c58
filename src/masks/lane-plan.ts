import { fold, type Key } from '../random/key.ts';
import type { Extents } from './mask.ts';
import { Plan, sample } from './plan.ts';
import { resolveScheme, type SchemeLike } from './scheme.ts';

/** The end of a lane's label, without the number of its layer: what all layers of a direction have in common. */
const LANE = /_l\d+(_reverse)?$/;

/**
 * The plan of one lane of a stack, drawn from the stream of its label; of what the layers share, from one that they have in common.
 * @param label such as `_l0` or `_l1_reverse`, with what stands before it
 */
export function sampleLane(scheme: SchemeLike, key: Key, label: string, extents: Extents): Plan {
  const rules = resolveScheme(scheme);
  const common = rules.filter(({ shared }) => shared.includes('layer'));
  if (common.length === 0) return sample(rules, fold(key, label), extents);
  const own = rules.filter((rule) => !common.includes(rule));
  const plans = [
    sample(own, fold(key, label), extents),
    sample(common, fold(key, label.replace(LANE, '_layers$1')), extents),
  ];
  return new Plan(
    plans.flatMap(({ masks }) => Object.values(masks)),
    rules.map(({ site }) => site),
    true,
  );
}
