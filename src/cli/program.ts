import { Command, CommanderError } from 'commander';
import { AbortError, KeepgateError, messageOf, OptionError, RateError, show, SiteError } from '../errors.ts';
import { benchCommand } from './commands/bench.ts';
import { conformCommand } from './commands/conform.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { exportCommand } from './commands/export.ts';
import { importCommand } from './commands/import.ts';
import { inspectCommand } from './commands/inspect.ts';
import { labCommand } from './commands/lab.ts';
import { predictCommand } from './commands/predict.ts';
import { reportCommand } from './commands/report-page.ts';
import { searchCommand } from './commands/search/search-study.ts';
import { trainCommand } from './commands/train.ts';
import { verifyCommand } from './commands/verify.ts';
import { workerCommand } from './commands/queue/worker.ts';
import { INTERRUPTED, Interrupt, Interrupted } from './interrupt.ts';
import { CheckFailed, harmless } from './output.ts';
import { version } from '../platform/packages/version.ts';

const COMMANDS: readonly ((interrupt: Interrupt) => Command)[] = [
  trainCommand,
  searchCommand,
  evaluateCommand,
  predictCommand,
  reportCommand,
  inspectCommand,
  importCommand,
  exportCommand,
  verifyCommand,
  conformCommand,
  benchCommand,
  workerCommand,
  labCommand,
];

/**
 * Run the command line.
 * @returns the exit status: 0, 1 when the work failed, 2 when the command was wrong, 130 after Ctrl-C. An error is one line.
 */
export async function run(args: readonly string[]): Promise<number> {
  const program = new Command('keepgate')
    .description('Recurrent networks whose dropout is right.')
    .version(await version())
    .helpCommand(false)
    // What follows the name of a command is its own: `search status` has options that `search` has as well.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: () => {} });
  program.hook('preAction', (_, command) => expectPathsInUtf8(command));
  const interrupt = new Interrupt(process);
  for (const make of COMMANDS) program.addCommand(settled(make(interrupt), program));
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    return report(error);
  } finally {
    interrupt.release();
  }
}

/** A command with all that the program's are to have; so are those that it has itself, which take their own options. */
function settled(command: Command, program: Command): Command {
  onceEach(command).copyInheritedSettings(program);
  for (const inner of command.commands) settled(inner as Command, program);
  return command;
}

/** What stands between the angles of options and arguments that are paths. */
export const PATHS: ReadonlySet<string> = new Set(['data', 'dir', 'file', 'model', 'module', 'path']);

/** Bytes that are no UTF-8 come as U+FFFD, and a path of those is another one. @throws OptionError for a path that has it */
function expectPathsInUtf8(command: Command): void {
  const ofArguments = command.registeredArguments.map(
    (argument, i) => [argument.name(), argument.name(), command.processedArgs[i] as unknown] as const,
  );
  const ofOptions = command.options.map(
    (option) =>
      [
        /[<[](\w+)/.exec(option.flags)?.[1] ?? '',
        option.long ?? option.flags,
        command.getOptionValue(option.attributeName()),
      ] as const,
  );
  for (const [kind, name, value] of [...ofArguments, ...ofOptions]) {
    const wrong = [value].flat().find((path) => typeof path === 'string' && path.includes('\ufffd'));
    if (!PATHS.has(kind) || wrong === undefined) continue;
    throw new OptionError(`a path in UTF-8 was expected as ${name}, but ${show(wrong)} came; give it another name`);
  }
}

/** A command that refuses an option whose value comes twice, of which commander would leave the first aside. */
function onceEach(command: Command): Command {
  for (const option of command.options.filter(
    ({ required, optional, variadic }) => (required || optional) && !variadic,
  )) {
    let came = false;
    command.on(`option:${option.name()}`, () => {
      if (came) command.error(`option '${option.flags}' was expected once, but it came twice; leave one out`);
      came = true;
    });
  }
  return command;
}

/** What is wrong with the command itself, and not with the work that it asks for. */
const WRONG_COMMAND = [OptionError, RateError, SiteError];

function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    // Without arguments commander prints the help and has no message of its own.
    const message = error.message === '(outputHelp)' ? 'a command was expected' : error.message.replace(/^error: /, '');
    printError(`${message.replaceAll(/\s*\n\s*/g, ' ')}; see keepgate --help`);
    return 2;
  }
  if (error instanceof CheckFailed) return 1;
  if (error instanceof Interrupted) {
    printError(error.message);
    return INTERRUPTED;
  }
  if (error instanceof AbortError) {
    printError('Ctrl-C stopped it before its end, and nothing was written; run it again');
    return INTERRUPTED;
  }
  if (error instanceof KeepgateError) {
    printError(error.message);
    return WRONG_COMMAND.some((type) => error instanceof type) ? 2 : 1;
  }
  if (error instanceof RangeError) {
    printError(`the sizes asked for do not fit in memory (${error.message}); use fewer units, layers or tokens`);
    return 1;
  }
  // Not ours: a full disk, or a fault of the program. Still one line; DEBUG=keepgate shows where it came from.
  printError(messageOf(error));
  if (process.env.DEBUG === 'keepgate') console.error(error);
  return 1;
}

function printError(message: string): void {
  console.error(`keepgate: ${harmless(message.replaceAll(/\s*\n\s*/g, ' '))}`);
}
