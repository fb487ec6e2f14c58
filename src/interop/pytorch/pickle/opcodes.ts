import { show } from '../../../errors.ts';
import { brokenPickle } from './broken-pickle.ts';
import { Global, Stub, Tuple } from './pickled.ts';
import { build, call, expectHarmless, make } from './globals.ts';
import { storageOf } from './storage-ref.ts';
import type { Machine } from './stack-machine.ts';

/** What an opcode does to the machine. What is not in this list is refused, of whatever protocol it is. */
export const OPCODES: ReadonlyMap<number, (machine: Machine) => void> = new Map(
  Object.entries<(machine: Machine) => void>({
    // What a pickle begins with, and frames, which only say how much to read at once.
    '\x80': ({ reader }) => void reader.uint(1),
    '\x95': ({ reader }) => void reader.uint(8),

    N: (m) => m.push(null),
    '\x88': (m) => m.push(true),
    '\x89': (m) => m.push(false),
    J: (m) => m.push(m.reader.int32()),
    K: (m) => m.push(m.reader.uint(1)),
    M: (m) => m.push(m.reader.uint(2)),
    '\x8a': (m) => m.push(m.reader.long(m.reader.uint(1))),
    '\x8b': (m) => m.push(m.reader.long(m.reader.uint(4))),
    G: (m) => m.push(m.reader.float64()),

    // Texts, and those of Python 2, which are bytes.
    X: (m) => m.push(m.reader.utf8(m.reader.uint(4))),
    '\x8c': (m) => m.push(m.reader.utf8(m.reader.uint(1))),
    '\x8d': (m) => m.push(m.reader.utf8(m.reader.uint(8))),
    U: (m) => m.push(m.reader.latin1(m.reader.uint(1))),
    T: (m) => m.push(m.reader.latin1(m.reader.uint(4))),
    C: (m) => m.push(m.reader.bytes(m.reader.uint(1))),
    B: (m) => m.push(m.reader.bytes(m.reader.uint(4))),
    '\x8e': (m) => m.push(m.reader.bytes(m.reader.uint(8))),

    ')': (m) => m.make(new Tuple([])),
    '\x85': (m) => m.make(new Tuple(m.popMany(1))),
    '\x86': (m) => m.make(new Tuple(m.popMany(2))),
    '\x87': (m) => m.make(new Tuple(m.popMany(3))),
    t: (m) => m.make(new Tuple(m.popToMark())),
    ']': (m) => m.make([]),
    '}': (m) => m.make(new Map()),
    '\x8f': (m) => m.make(new Set()),
    '(': (m) => m.mark(),

    a: (m) => append(m, m.popMany(1)),
    e: (m) => append(m, m.popToMark()),
    s: (m) => setItems(m, m.popMany(2)),
    u: (m) => setItems(m, m.popToMark()),
    '\x90': (m) => addItems(m, m.popToMark()),

    q: (m) => m.remember(m.reader.uint(1)),
    r: (m) => m.remember(m.reader.uint(4)),
    '\x94': (m) => m.remember(m.remembered),
    h: (m) => m.recall(m.reader.uint(1)),
    j: (m) => m.recall(m.reader.uint(4)),

    c: (m) => pushGlobal(m, m.reader.line(), m.reader.line()),
    '\x93': (m) => {
      const [module, name] = m.popMany(2);
      pushGlobal(m, module, name);
    },
    R: (m) => {
      const [callee, args] = m.popMany(2);
      m.make(call(expectGlobal(callee), expectTuple(args)));
    },
    '\x81': (m) => {
      const [type, args] = m.popMany(2);
      m.make(make(expectGlobal(type), expectTuple(args)));
    },
    b: (m) => {
      const [object, state] = m.popMany(2);
      m.push(build(object, state));
    },
    Q: (m) => m.make(storageOf(m.popMany(1)[0])),
  }).map(([character, act]) => [character.charCodeAt(0), act]),
);

function pushGlobal(machine: Machine, module: unknown, name: unknown): void {
  if (typeof module !== 'string' || typeof name !== 'string') {
    throw brokenPickle('names of a class', show([module, name]));
  }
  const found = new Global(module, name);
  expectHarmless(found);
  machine.globals.add(found.path);
  machine.make(found);
}

function append(machine: Machine, items: readonly unknown[]): void {
  const list = machine.top();
  if (!Array.isArray(list)) throw brokenPickle('a list to append to', kindOf(list));
  for (const item of items) list.push(item);
}

function addItems(machine: Machine, items: readonly unknown[]): void {
  const set = machine.top();
  if (!(set instanceof Set)) throw brokenPickle('a set to add to', kindOf(set));
  for (const item of items) set.add(item);
}

function setItems(machine: Machine, items: readonly unknown[]): void {
  const dict = machine.top();
  if (!(dict instanceof Map)) throw brokenPickle('a dict to put an item into', kindOf(dict));
  if (items.length % 2 !== 0) throw brokenPickle('keys with a value each', `${items.length} items`);
  for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
}

function expectGlobal(value: unknown): Global {
  if (value instanceof Global) return value;
  throw brokenPickle('a class or a function by its name', kindOf(value));
}

function expectTuple(value: unknown): readonly unknown[] {
  if (value instanceof Tuple) return value.items;
  throw brokenPickle('a tuple of arguments', kindOf(value));
}

function kindOf(value: unknown): string {
  if (value instanceof Stub) return `an object of ${show(value.type.path)}`;
  if (value instanceof Map) return 'a dict';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? `a ${value.constructor.name}` : show(value);
}
