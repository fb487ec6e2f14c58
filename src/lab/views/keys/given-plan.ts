import { signal } from '@preact/signals';
import { injectMasks, type Plan } from 'keepgate';

/** A plan of a file: no address has room for it. */
export const givenPlan = signal<{ readonly name: string; readonly plan: Plan } | null>(null);
/** Why the last file was none. */
export const givenProblem = signal<string | null>(null);

/** Larger than any plan that can be seen here. */
const MOST_BYTES = 20_000_000;

/** Take the plan of a file, as `JSON.stringify(plan)` writes it, or say why it is none. */
export async function takePlan(file: File): Promise<void> {
  try {
    if (file.size > MOST_BYTES) throw new Error(`a plan of at most 20 MB was expected, but ${file.size} bytes came`);
    givenPlan.value = { name: file.name, plan: injectMasks(JSON.parse(await file.text())) };
    givenProblem.value = null;
  } catch (error) {
    givenProblem.value = `${file.name}: ${(error as Error).message}`;
  }
}
