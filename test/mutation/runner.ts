/** Runs tests against one mutant after another, in one warm process. See run.ts, which starts it. */
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BaseSequencer, createVitest, type TestSpecification } from 'vitest/node';
import { type Mutant, mutated } from './mutants.ts';

/** What the runner is asked: a mutant, or null for the sources as they are. */
export interface Task {
  readonly mutant: Mutant | null;
  /** Whether the slow tests are left out. */
  readonly quick: boolean;
}

/** What it says: that it goes on, or by which test the mutant was caught (null: by none). */
export type Answer = 'alive' | 'ready' | { readonly caughtBy: string | null };

/** Some tests, in order; those that are most likely to fail come first. */
interface Stage {
  readonly files: readonly string[];
  readonly names?: RegExp;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The units whose tests see a folder from near. */
const NEAR: Readonly<Record<string, readonly string[]>> = {
  random: ['random'],
  masks: ['masks'],
  cells: ['cells'],
  sequence: ['sequence', 'cells', 'layers'],
  layers: ['layers', 'train'],
  train: ['train'],
  text: ['text', 'train/classifier'],
  interop: ['interop', 'train/model', 'train/checkpoints'],
};

function stagesFor(file = ''): Stage[] {
  const folder = dirname(file);
  const units = NEAR[folder.split('/')[0] ?? ''] ?? [];
  const others = ['random', 'masks', 'cells', 'sequence', 'layers'].filter((unit) => !units.includes(unit));
  const named =
    units.length === 0 ? [] : [`test/unit/${folder}/${basename(file, '.ts')}.test.ts`, `test/unit/${folder}/`];
  const filesOf = (folders: readonly string[]): string[] => folders.map((folder) => `test/unit/${folder}/`);
  return [
    { files: [...named, ...filesOf(units)] },
    { files: ['test/conformance/conformance.test.ts'], names: /^'reference' '(masks|cells|fixtures|training)'/ },
    {
      files: [...filesOf(others), ...['docs-schemes', 'options', 'misuse'].map((name) => `test/unit/${name}.test.ts`)],
    },
    { files: ['gradients', 'expectation-exact', 'replay', 'sharding'].map((law) => `test/property/${law}.test.ts`) },
    { files: ['test/property/', ...['train', 'text', 'interop', 'verify'].map((unit) => `test/unit/${unit}/`)] },
  ].filter(({ files }) => files.length > 0);
}

/** Files in the order in which they were asked for. */
class AsAsked extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    return specifications;
  }
}

let current: Mutant | null = null;

function say(answer: Answer): void {
  process.send?.(answer);
}

const vitest = await createVitest(
  'test',
  {
    root: ROOT,
    watch: false,
    // One thread, in which the files of a stage share what they import.
    pool: 'threads',
    isolate: false,
    fileParallelism: false,
    bail: 1,
    cache: false,
    sequence: { sequencer: AsAsked },
    setupFiles: ['test/helpers/fail-on-console.ts', 'test/helpers/seed-fast-check.ts', 'test/mutation/no-shrinking.ts'],
    reporters: [{ onTestModuleStart: () => say('alive'), onTestCaseResult: () => say('alive') }],
  },
  {
    plugins: [
      {
        name: 'mutant',
        enforce: 'pre',
        transform(text, id) {
          return current && id.split('?')[0] === pathOf(current) ? mutated(text, current) : null;
        },
      },
    ],
  },
);
await vitest.standalone();

function pathOf({ file }: Mutant): string {
  return `${ROOT}src/${file}`;
}

/** How long each file took when it passed, in milliseconds. */
const durations = new Map<string, number>();

/** The specifications of files and folders, each once, in this order; within a folder the quick ones come first. */
async function specificationsOf(files: readonly string[]): Promise<TestSpecification[]> {
  const found = new Map<string, TestSpecification>();
  for (const file of files) {
    const specifications = await vitest.globTestSpecifications([`${ROOT}${file}`]);
    const duration = ({ moduleId }: TestSpecification): number => durations.get(moduleId) ?? 0;
    for (const specification of specifications.toSorted((a, b) => duration(a) - duration(b))) {
      if (!found.has(specification.moduleId)) found.set(specification.moduleId, specification);
    }
  }
  return [...found.values()];
}

/** The first test that fails, or null where all pass. */
async function firstFailure({ files, names }: Stage): Promise<string | null> {
  vitest.state.filesMap.clear();
  vitest.state.idMap.clear();
  vitest.state.clearErrors();
  if (names) vitest.setGlobalTestNamePattern(names);
  else vitest.resetGlobalTestNamePattern();
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(await specificationsOf(files), false);
  for (const module of testModules) {
    const failed = [...module.children.allTests('failed')][0];
    if (failed) return `${module.relativeModuleId}: ${failed.fullName}`;
    if (!module.ok()) return module.relativeModuleId;
    durations.set(module.moduleId, module.diagnostic().duration);
  }
  if (unhandledErrors.length > 0) return 'an error outside of tests';
  const passed = testModules.some((module) => !module.children.allTests('passed').next().done);
  return passed ? null : 'no test, as none ran';
}

async function run({ mutant, quick }: Task): Promise<string | null> {
  const stages = stagesFor(mutant?.file);
  current = mutant;
  if (mutant) vitest.invalidateFile(pathOf(mutant));
  try {
    for (const stage of quick ? stages.slice(0, -1) : stages) {
      const failure = await firstFailure(stage);
      if (failure !== null) return failure;
    }
    return null;
  } finally {
    current = null;
    if (mutant) vitest.invalidateFile(pathOf(mutant));
  }
}

process.on('disconnect', () => process.exit());
process.on('message', async (task: Task) => {
  say({ caughtBy: await run(task) });
});
say('ready');
