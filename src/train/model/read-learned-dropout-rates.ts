import type { Handle, Ops } from '../../engines/ops.ts';
import { learnedSite, rateOfLogit } from '../../layers/dropout/learned-dropout-rate.ts';
import type { WeightSpec } from '../../layers/weight-spec.ts';

/** The dropout rates that were learned, by the path of their weight. A wait for the engine, if there are any. */
export async function readLearnedRates(
  ops: Ops,
  weights: Readonly<Record<string, Handle>>,
  specs: Readonly<Record<string, WeightSpec>>,
): Promise<Record<string, number>> {
  const logits = Object.entries(weights).filter(([path]) => specs[path]?.role === 'rateLogit');
  if (logits.length === 0) return {};
  const scope = ops.openScope();
  const reading = ops.read(scope.run(() => ops.concat(logits.map(([, handle]) => handle))));
  const values = await reading.finally(() => scope.dispose());
  return Object.fromEntries(logits.map(([path], i) => [path, rateOfLogit(values[i] as number)]));
}

/** The same by layer, site and lane: `1.input_l0`. */
export async function readLearnedSites(
  ...network: Parameters<typeof readLearnedRates>
): Promise<Record<string, number>> {
  const rates = Object.entries(await readLearnedRates(...network));
  return Object.fromEntries(rates.map(([path, rate]) => [learnedSite(path), rate]));
}
