import type { Ops } from '../../engines/ops.ts';
import { type Measurement, measure } from '../../report/measure.ts';
import { type SizeName, WORK_TEXTS, type WorkName } from '../../report/work-sizes.ts';
import { output } from '../output.ts';
import { type EngineChoice, withEngine } from '../engine-option.ts';

export interface BenchOptions extends EngineChoice {
  readonly sizes: readonly SizeName[];
  readonly works: readonly WorkName[];
  readonly reps?: number;
}

export async function runBench(options: BenchOptions): Promise<void> {
  await withEngine(options, (engine) => bench(engine, options));
}

async function bench(engine: Ops, { sizes, works, reps, json }: BenchOptions): Promise<void> {
  const out = output(json);
  const found: Measurement[] = [];
  for (const size of sizes) {
    for (const work of works) {
      const measurement = await measure(engine, { work, size, reps });
      found.push(measurement);
      out.record({ ...measurement });
    }
  }
  const cell = (work: WorkName, size: SizeName): string => {
    const { median_ms: ms } = found.find((one) => one.work === work && one.size === size) as Measurement;
    return ms.toFixed(ms < 100 ? 1 : 0);
  };
  const rows = works.map((work) => [work, WORK_TEXTS[work], ...sizes.map((size) => cell(work, size))]);
  out.table([['median ms', '', ...sizes], ...rows]);
  out.line(engine.describe());
}
