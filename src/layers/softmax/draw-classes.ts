import { uniform } from '../../random/draws.ts';
import { fold, type Key } from '../../random/key.ts';

/** How classes are drawn: 'logUniform' draws the first ones most, of vocabularies that begin with what is most frequent. */
export type ClassDistribution = 'logUniform' | 'uniform';

/** Classes that were drawn, each once, and how often each class was to be expected among the draws. */
export interface DrawnClasses {
  readonly classes: Int32Array;
  /** The logarithm of the expected count of a class, drawn or not. */
  logExpected(one: number): number;
}

/** The chance of a class in one draw. 'logUniform' is Zipf's law: log((c + 2) / (c + 1)) / log(V + 1). */
function chance(distribution: ClassDistribution, units: number, one: number): number {
  return distribution === 'uniform' ? 1 / units : Math.log1p(1 / (one + 1)) / Math.log(units + 1);
}

/**
 * So many different classes of V: draws until there are, as TensorFlow's candidate samplers do, and of all their number expected counts are
 * 1 - (1 - chance)^draws. All classes are there once for sure.
 */
export function drawClasses(key: Key, units: number, samples: number, distribution: ClassDistribution): DrawnClasses {
  if (samples === units) return { classes: Int32Array.from({ length: units }, (_, i) => i), logExpected: () => 0 };
  const found = new Set<number>();
  let draws = 0;
  for (let part = 0; found.size < samples; part++) {
    for (const u of uniform(fold(key, part), 2 * samples)) {
      draws += 1;
      const place = distribution === 'uniform' ? u * units : Math.exp(u * Math.log(units + 1)) - 1;
      found.add(Math.min(units - 1, Math.floor(place)));
      if (found.size === samples) break;
    }
  }
  return {
    classes: Int32Array.from(found),
    logExpected: (one) => Math.log(-Math.expm1(draws * Math.log1p(-chance(distribution, units, one)))),
  };
}
