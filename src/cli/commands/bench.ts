import { Command, Option } from 'commander';
import type { Ops } from '../../engines/ops.ts';
import { type Measurement, measure } from '../../report/measure.ts';
import { SIZES, type SizeName, WORKS, type WorkName } from '../../report/standard-works.ts';
import { formatTable } from '../../report/table.ts';
import { type EngineChoice, withEngine } from '../engine-option.ts';
import { addCommonOptions, someOf, wholeNumber } from '../options.ts';
import { output } from '../output.ts';

interface BenchOptions extends EngineChoice {
  readonly sizes: readonly SizeName[];
  readonly works: readonly WorkName[];
  readonly reps?: number;
}

const SIZE_NAMES = Object.keys(SIZES) as SizeName[];
const WORK_NAMES = Object.keys(WORKS) as WorkName[];

export function benchCommand(): Command {
  const command = new Command('bench')
    .description('Time the standard steps on an engine: medians in ms.')
    .addOption(
      // All sizes take minutes on an engine that is not built for speed.
      new Option('--sizes <list>', `some of ${SIZE_NAMES.join(',')}`).argParser(someOf(SIZE_NAMES)).default(['S'], 'S'),
    )
    .addOption(
      new Option('--works <list>', `some of ${WORK_NAMES.join(',')}`)
        .argParser(someOf(WORK_NAMES))
        .default(WORK_NAMES, 'all'),
    )
    .option(
      '--reps <n>',
      'times to take of each; when left out, what a second has room for, and at least 3',
      wholeNumber(1),
    )
    .addHelpText('after', `\n${about()}`);
  addCommonOptions(command);
  return command.action((options: BenchOptions) => withEngine(options, (engine) => bench(engine, options)));
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
  const rows = works.map((work) => [work, WORKS[work].about, ...sizes.map((size) => cell(work, size))]);
  out.table([['median ms', '', ...sizes], ...rows]);
  out.line(engine.describe());
}

/** What the names stand for. */
function about(): string {
  const works = WORK_NAMES.map((name) => [name, WORKS[name].about]);
  const sizes = SIZE_NAMES.map((name) => {
    const { batch, time, inputSize, hiddenSize } = SIZES[name];
    return [name, `B ${batch}, T ${time}, I ${inputSize}, H ${hiddenSize}`];
  });
  return ['Works:', formatTable(works), '', 'Sizes (batch, steps, inputs, hidden units):', formatTable(sizes)].join(
    '\n',
  );
}
