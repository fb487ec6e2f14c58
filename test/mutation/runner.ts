/** Runs tests against one mutant after another, in one warm process. See run.ts, which starts it. */
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BaseSequencer, createVitest, type TestSpecification } from 'vitest/node';
import config from '../../vitest.config.ts';
import { type Mutant, mutated } from './mutants.ts';

/** What the runner is asked. */
export interface Task {
  /** The file of the mutant, which tells the tests. */
  readonly file: string;
  /** Null for the sources as they are. */
  readonly mutant: Mutant | null;
  /** Whether the slow tests are left out. */
  readonly quick: boolean;
}

/** What it says: that it goes on, or by which test the mutant was caught (null: by none), and whether any has loaded it. */
export type Answer = 'alive' | 'ready' | { readonly caughtBy: string | null; readonly isLoaded: boolean };

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

/** What sees the folders upon the sequences from further off; the other properties are about masks and cells, and take minutes. */
const FAR: Readonly<Record<string, readonly string[]>> = {
  layers: laws('chunking', 'handles', 'loop-equals-layer', 'padding-changes-nothing'),
  train: laws('passes-share-a-batch', 'evaluation-changes-no-weight', 'fit-again', 'load-reads-what-save-writes'),
  text: ['test/unit/train/', ...laws('passes-share-a-batch')],
  interop: ['test/unit/train/', ...laws('load-reads-what-save-writes')],
};

/** These want a thread that nothing was imported or leased in before. */
const ALONE: Readonly<Record<string, readonly string[]>> = {
  layers: named('layers/recurrent/engine-memory'),
  interop: named('interop/folder-failures', 'interop/folder-killed'),
};

/** Its processes read the sources as they are: it sees no mutant. */
const BLIND = named('train/model/process-state');

function testsOf(folders: readonly string[]): string[] {
  return folders.map((folder) => `test/unit/${folder}/`);
}

function named(...names: string[]): string[] {
  return names.map((name) => `test/unit/${name}.test.ts`);
}

function laws(...names: string[]): string[] {
  return names.map((name) => `test/property/${name}.test.ts`);
}

/**
 * The tests that see a file. What is upon the sequences has fewer, so that a survivor takes no ten minutes: left out are the tests of
 * random numbers, masks, cells and engines and the properties about those, which see a layer from far, and the verifier's and the command line's own.
 */
function stagesFor(file: string): Stage[] {
  const folder = dirname(file);
  const top = folder.split('/')[0] ?? '';
  const units = NEAR[top] ?? [];
  const near = { files: [...named(`${folder}/${basename(file, '.ts')}`), ...testsOf([folder, ...units])] };
  const far = FAR[top];
  if (far) {
    const alone = (ALONE[top] ?? []).map((path) => ({ files: [path] }));
    return [near, ...alone, { files: [...named('options', 'misuse', 'define'), ...far, 'test/unit/border/'] }];
  }
  const others = ['random', 'masks', 'cells', 'sequence', 'layers'].filter((unit) => !units.includes(unit));
  return [
    near,
    { files: ['test/conformance/conformance.test.ts'], names: /^'reference' '(masks|cells|fixtures|training)'/ },
    { files: [...testsOf(others), ...named('docs-schemes', 'options', 'misuse')] },
    { files: laws('gradients', 'expectation-exact', 'replay', 'sharding') },
    { files: ['test/property/', ...testsOf(['train', 'text', 'interop', 'verify'])] },
  ];
}

/** Files in the order in which they were asked for. */
class AsAsked extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    return specifications;
  }
}

let current: Mutant | null = null;
/** Whether a test has loaded the mutant. */
let isLoaded = false;

function say(answer: Answer): void {
  process.send?.(answer);
}

const vitest = await createVitest(
  'test',
  {
    root: ROOT,
    // Projects would have servers of their own, without the plugin below.
    config: false,
    include: ['test/**/*.test.ts'],
    watch: false,
    // One thread, in which the files of a stage share what they import.
    pool: 'threads',
    isolate: false,
    fileParallelism: false,
    bail: 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    cache: false,
    sequence: { sequencer: AsAsked },
    setupFiles: ['test/helpers/fail-on-console.ts', 'test/helpers/seed-fast-check.ts', 'test/mutation/no-shrinking.ts'],
    reporters: [{ onTestModuleStart: () => say('alive'), onTestCaseResult: () => say('alive') }],
  },
  {
    resolve: config.resolve ?? {},
    plugins: [
      {
        name: 'mutant',
        enforce: 'pre',
        transform(text, id) {
          if (!current || id.split('?')[0] !== pathOf(current)) return null;
          isLoaded = true;
          return mutated(text, current);
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
      const { moduleId } = specification;
      const isLeftOut = [...BLIND, ...Object.values(ALONE).flat()].some(
        (path) => moduleId === ROOT + path && path !== file,
      );
      if (!isLeftOut && !found.has(moduleId)) found.set(moduleId, specification);
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

async function run({ file, mutant, quick }: Task): Promise<string | null> {
  const stages = stagesFor(file);
  current = mutant;
  isLoaded = false;
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
  const caughtBy = await run(task);
  say({ caughtBy, isLoaded });
});
say('ready');
