import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../../src/cli/program.ts';
import type { Random } from '../random.ts';
import type { Target } from '../target.ts';

const COMMANDS = ['train', 'evaluate', 'predict', 'verify', 'conform', 'bench', 'trian', '--help', '--version', ''];
const OPTIONS = [
  '--text --label --delimiter --no-header --level --cell --units --embedding --layers --bidirectional --dropout',
  '--epochs --batch-size --learning-rate --optimizer --clip-norm --clip-value --class-weight --sampling --metrics --max-length --min-count --holdout --seed --out',
  '--validation --test --patience --keep --resume --engine --mode',
  '--threads --json --mc --plot --encoding --relaxed-quotes --html --only --help --lable -x -- --units= --no- -',
].flatMap((line) => line.split(' '));
/** None that asks for long work: what they may cost is not what is looked for. */
const VALUES = [
  'text label 1 2 #1 0 -1 1.5 1e-3 NaN none lstm gru word char data.csv folder missing notes . .. / out __proto__ ünï',
  'variational(recurrent=0.5) zoneout(hidden=2) variational( naive()+ papers.gal2016() cpu simd reference gpu auto ; ,',
  'tab latin1 utf-99 plot.svg plot.png 0.5',
]
  .flatMap((line) => line.split(' '))
  .concat('', ' ', 'a\u0000b', '\u001b[31m', '9'.repeat(400));

/** Command lines: a status of 0, 1 or 2, one line on standard error when it is not 0, and foreign files as they were. */
export const commandLines: Target = {
  name: 'command lines',
  share: 0.05,
  async open(folder) {
    await writeFile(join(folder, 'data.csv'), 'text,label\na b,x\nc d,y\na e,x\nc f,y\na g,x\nc h,y\n');
    await mkdir(join(folder, 'notes'));
    await writeFile(join(folder, 'notes/thesis.txt'), 'work');
    const home = process.cwd();
    process.chdir(folder);
    return {
      async tryOne(random) {
        const args = lineOf(random);
        const { status, errors } = await silently(() => run(args));
        const told = errors.filter((line) => !line.startsWith('warning: '));
        const shown = JSON.stringify({ args, status, errors });
        if (![0, 1, 2].includes(status)) throw new Error(`a status of 0, 1 or 2 was expected: ${shown}`);
        if (status === 2 && told.length !== 1) throw new Error(`one line of error was expected: ${shown}`);
        if (told.some((line) => /\n|TypeError|undefined|\[object|is not a function/.test(line))) {
          throw new Error(`a line that says what to do was expected: ${shown}`);
        }
        const left = await readdir('notes');
        if (left.join() !== 'thesis.txt') throw new Error(`foreign files were to stay: ${shown}`);
        return status === 0 ? 'taken' : 'refused';
      },
      async close() {
        process.chdir(home);
      },
    };
  },
};

/** Mostly of what is known, so that some of it gets far. Verification, benchmarks and standard input are only asked for help. */
function lineOf(random: Random): string[] {
  const command = random.one(COMMANDS);
  const args = [command];
  if (command === 'train') args.push(random.once(2) ? 'data.csv' : random.one(VALUES), '--epochs', '1');
  if (command === 'train' && random.once(2)) args.push('--text', 'text', '--label', 'label', '--threads', '1');
  if (command === 'predict' || command === 'evaluate') args.push(random.one(VALUES), random.one(VALUES));
  for (let left = random.below(5); left > 0; left--) {
    args.push(random.one(OPTIONS));
    if (!random.once(4)) args.push(random.one(VALUES));
  }
  if (['verify', 'bench', 'conform'].includes(command)) args.push(random.one(['--help', '--nonsense']));
  return args;
}

/** What a command prints is caught, and looked at. */
async function silently(work: () => Promise<number>): Promise<{ status: number; errors: string[] }> {
  const errors: string[] = [];
  const { log, error } = console;
  const write = process.stdout.write;
  console.log = () => {};
  console.error = (...words: unknown[]) => errors.push(words.join(' '));
  process.stdout.write = () => true;
  try {
    return { status: await work(), errors };
  } finally {
    Object.assign(console, { log, error });
    process.stdout.write = write;
  }
}
