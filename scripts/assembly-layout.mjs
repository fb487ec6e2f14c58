// How the host writes a call to the simd engine's module: read from the assembly sources, where it is written once.

/** What a field may be: a word of 32 bits, in an array of integers or of floats. */
const VIEWS = { i32: 'integers', usize: 'integers', f32: 'floats' };

/**
 * The operations by number, and the calls by name with their fields, a word each.
 * @param sources the files that have the enum Operation, the calls and what follows them
 */
export function readLayout(sources) {
  const text = sources.join('\n');
  const [, members] = /export enum Operation \{([^}]*)\}/.exec(text) ?? [];
  if (members === undefined) throw new Error('the assembly has no enum Operation');
  const names = members.split(',').map((name) => name.trim());
  const operations = names.filter((name) => name !== '').map(readName);
  const calls = [...text.matchAll(/@unmanaged\n(?:export )?class (\w+) \{\n([\s\S]*?\n)\}/g)].map(([, name, body]) => ({
    name,
    fields: readFields(name, body),
  }));
  return { operations, calls };
}

function readFields(name, body) {
  const declared = /((?: *\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?) *([^;]+);\n/g;
  return [...body.matchAll(declared)].map(([, comment, field]) => {
    const [, key, type] = /^(\w+): (\w+)$/.exec(field) ?? [];
    if (!VIEWS[type]) throw new Error(`${name}: a field of ${Object.keys(VIEWS)} was expected, but '${field}' came`);
    return { key, comment, view: VIEWS[type] };
  });
}

function readName(name) {
  if (!/^\w+$/.test(name)) throw new Error(`Operation: a name without a number was expected, but '${name}' came`);
  return startLow(name);
}

function startLow(name) {
  return name[0].toLowerCase() + name.slice(1);
}

/** The layout as JavaScript: each function writes the words of a call in one go, without a look at any table. */
export function layoutCode({ operations, calls }) {
  const writers = calls.map(({ name, fields }) => {
    const stores = fields.map(({ key, view }, i) => `      ${view}[at + ${i}] = call.${key};\n`);
    return `    ${startLow(name)}(integers, floats, at, call) {\n${stores.join('')}      return at + ${fields.length};\n    },\n`;
  });
  const numbers = operations.map((name, number) => `${name}: ${number}`);
  return `export const callLayout = {
  operations: { ${numbers.join(', ')} },
  write: {
${writers.join('')}  },
};
`;
}

/** The same as TypeScript sees it. */
export function layoutDeclarations({ operations, calls }) {
  const interfaces = calls.map(({ name, fields }) => {
    const members = fields.map(({ key, comment }) => `${comment}  readonly ${key}: number;\n`);
    return `export interface ${name} {\n${members.join('')}}\n`;
  });
  const writers = calls.map(({ name }) => `    readonly ${startLow(name)}: WriteCall<${name}>;\n`);
  return `${interfaces.join('\n')}
/**
 * Writes a call to the memory, which is given as integers and as floats, from word \`at\` on.
 * @returns the word behind what was written
 */
export type WriteCall<C> = (integers: Int32Array, floats: Float32Array, at: number, call: C) => number;

/** How calls are written: the same in all builds. */
export interface CallLayout {
  /** The operations that threads share, by number. */
  readonly operations: Readonly<Record<${operations.map((name) => `'${name}'`).join(' | ')}, number>>;
  readonly write: {
${writers.join('')}  };
}

export declare const callLayout: CallLayout;
`;
}
