import { Command, Option } from 'commander';
import { formatTable } from '../../report/table.ts';
import { SIZES, type SizeName, WORK_TEXTS, type WorkName } from '../../report/work-sizes.ts';
import type { BenchOptions } from '../actions/run-bench.ts';
import { addCommonOptions, someOf, wholeNumber } from '../options.ts';

const SIZE_NAMES = Object.keys(SIZES) as SizeName[];
const WORK_NAMES = Object.keys(WORK_TEXTS) as WorkName[];

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
  return command.action(async (options: BenchOptions) => {
    const { runBench } = await import('../actions/run-bench.ts');
    await runBench(options);
  });
}

/** What the names stand for. */
function about(): string {
  const works = WORK_NAMES.map((name) => [name, WORK_TEXTS[name]]);
  const sizes = SIZE_NAMES.map((name) => {
    const { batch, time, inputSize, hiddenSize } = SIZES[name];
    return [name, `B ${batch}, T ${time}, I ${inputSize}, H ${hiddenSize}`];
  });
  return ['Works:', formatTable(works), '', 'Sizes (batch, steps, inputs, hidden units):', formatTable(sizes)].join(
    '\n',
  );
}
