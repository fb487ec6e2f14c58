import { OptionError } from '../../errors.ts';
import { cannotOpen, type Input } from '../../text/readers/input.ts';

/**
 * What is piped into the command.
 * @throws OptionError at a terminal, where nothing would come
 */
export function standardInput(command: string): Input {
  if (process.stdin.isTTY) {
    throw new OptionError(
      `${command}: texts were expected on standard input, but that is a terminal; pipe a file into the command`,
    );
  }
  return { name: 'standard input', bytes: pieces() };
}

async function* pieces(): AsyncGenerator<Uint8Array> {
  try {
    yield* process.stdin;
  } catch (error) {
    throw cannotOpen('standard input', 'a file or a pipe', error);
  }
}
