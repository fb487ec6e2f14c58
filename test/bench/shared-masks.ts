/**
 * What masks that the samples share save: training steps of an LSTM with variational dropout (W2 at other rates), and `predictMC`.
 * Steps with one mask for each sample, one for the batch, and one for the batch that is new at each step, in turn in one process; of
 * each the CPU time of its fastest steps. `--help` says how it is run.
 */
import {
  createEngine,
  dense,
  formatTable,
  key,
  lstm,
  type Scheme,
  sequential,
  sharedAcrossBatch,
  variational,
} from 'keepgate';
import { standardWork } from '../../src/report/standard-works.ts';
import { SIZES, type SizeName, type WorkSize } from '../../src/report/work-sizes.ts';
import { quantile } from './quantile.ts';

const HELP = `npx tsx test/bench/shared-masks.ts [--threads 1] [--rounds 12] [--wide] [sizes ...]

Ratios of CPU time to that with a mask for each sample: below 1 is faster. Sizes: ${Object.keys(SIZES).join(', ')} (all when left out).
--wide takes products in 256 bit, on Node 24 and 26.`;

const RATES = [0.25, 0.5];
/** A share of the fastest, as a neighbour on the machine makes some steps slower, and none faster. */
const FASTEST = 0.1;

interface Timed {
  readonly run: () => Promise<unknown>;
  readonly times: number[];
}

/** Milliseconds of CPU time of all threads, in turn. */
async function time(all: readonly Timed[], rounds: number): Promise<readonly number[]> {
  for (let round = -2; round < rounds; round++) {
    for (const { run, times } of all) {
      // The first finds the caches full of the others' numbers.
      await run();
      for (let i = 0; i < 3; i++) {
        const start = process.cpuUsage();
        await run();
        const { user, system } = process.cpuUsage(start);
        if (round >= 0) times.push((user + system) / 1000);
      }
    }
  }
  return all.map(({ times }) => quantile(times, FASTEST));
}

/** With a mask for each sample, one for the batch, and one for the batch at each step. */
function schemesAt(rate: number): readonly Scheme[] {
  const perSample = variational({ input: rate, recurrent: rate });
  const shared = sharedAcrossBatch(perSample);
  return [perSample, shared, shared.map((rule) => ({ ...rule, scope: 'step' as const }))];
}

const args = process.argv.slice(2);
const option = (name: string, otherwise: number): number =>
  args.includes(name) ? Number(args.splice(args.indexOf(name), 2)[1]) : otherwise;
if (args.includes('--help')) console.log(HELP);
else {
  const [threads, rounds] = [option('--threads', 1), option('--rounds', 12)];
  const wide = args.includes('--wide');
  const names = args.filter((name): name is SizeName => name in SIZES);
  const engine = await createEngine('simd', { threads, wide });

  const training = async (size: WorkSize, rate: number): Promise<readonly number[]> => {
    const works = schemesAt(rate).map((scheme) => standardWork(engine, 'W2', size, scheme));
    const found = await time(
      works.map((work) => ({ run: () => work.run(), times: [] })),
      rounds,
    );
    for (const work of works) work.dispose();
    return found;
  };

  const monteCarlo = async (
    { batch, time: steps, inputSize, hiddenSize }: WorkSize,
    rate: number,
  ): Promise<readonly number[]> => {
    const models = await Promise.all(
      schemesAt(rate).map(async (dropout) => {
        const model = sequential([lstm({ units: hiddenSize, dropout }), dense({ units: 2 })], { engine });
        await model.build({ kind: 'sequence', size: inputSize }, key(1));
        return model;
      }),
    );
    const x = Array.from({ length: batch }, (_, i) =>
      Array.from({ length: steps }, (_, t) =>
        Float32Array.from({ length: inputSize }, (_, k) => Math.sin(i + 7 * t + 3 * k)),
      ),
    );
    const found = await time(
      models.map((model) => ({ run: () => model.predictMC(x, { passes: 4, key: key(2) }), times: [] })),
      rounds,
    );
    for (const model of models) await model.dispose();
    return found;
  };

  const rows: string[][] = [];
  for (const name of names.length > 0 ? names : (Object.keys(SIZES) as SizeName[])) {
    for (const rate of RATES) {
      for (const [what, measure] of [
        ['training step', training],
        ['predictMC, 4 passes', monteCarlo],
      ] as const) {
        const [perSample = 0, ...others] = await measure(SIZES[name], rate);
        rows.push([name, `${rate}`, what, perSample.toFixed(1), ...others.map((ms) => (ms / perSample).toFixed(2))]);
      }
    }
  }
  console.log(`node ${process.version}, ${engine.describe()}, ${rounds} rounds`);
  console.log(formatTable([['', 'rate', '', 'per sample, CPU ms', 'shared', 'shared, new at each step'], ...rows]));
  await engine.dispose();
}
