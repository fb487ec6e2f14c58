import type { Handle, Ops } from '../engines/ops.ts';
import { learnedSite, rateOfLogit } from '../layers/dropout/learned-dropout-rate.ts';

/** The rates that were learned, by the name of their weight. A wait for the engine, if there are any. */
export async function readLearnedRates(
  ops: Ops,
  weights: Readonly<Record<string, Handle>>,
): Promise<Record<string, number>> {
  const logits = Object.entries(weights).filter(([name]) => learnedSite(name) !== null);
  if (logits.length === 0) return {};
  const scope = ops.openScope();
  const reading = ops.read(scope.run(() => ops.concat(logits.map(([, handle]) => handle))));
  const values = await reading.finally(() => scope.dispose());
  return Object.fromEntries(logits.map(([name], i) => [name, rateOfLogit(values[i] as number)]));
}
