/**
 * Pickles, read as data. A pickle is a program for a machine with a stack; this machine has the opcodes that PyTorch's files
 * are made of, and nothing that it makes can act: a class is its name, and to call one gives a record of the call.
 * @see https://docs.python.org/3/library/pickletools.html
 */
import { brokenPickle } from './broken-pickle.ts';
import { Machine } from './stack-machine.ts';
import { OPCODES } from './opcodes.ts';

const STOP = '.'.charCodeAt(0);

/** What a pickle holds. */
export interface Unpickled {
  readonly value: unknown;
  /** The names of all classes and functions in it. */
  readonly globals: ReadonlySet<string>;
  /** The byte behind it. */
  readonly end: number;
}

/** @throws DataError for what is no pickle, or has an opcode that is not in the list */
export function unpickle(bytes: Uint8Array, begin: number = 0): Unpickled {
  const machine = new Machine(bytes, begin);
  const { reader, globals } = machine;
  for (;;) {
    const opcode = reader.uint(1);
    if (opcode === STOP) break;
    const act = OPCODES.get(opcode);
    if (!act) {
      const name = `0x${opcode.toString(16).padStart(2, '0')}`;
      throw brokenPickle("an opcode of PyTorch's files", `${name} at byte ${reader.at - 1}`);
    }
    act(machine);
  }
  const [value] = machine.popMany(1);
  return { value, globals, end: reader.at };
}
