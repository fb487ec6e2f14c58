import { posix } from 'node:path';
import type { Source } from './sources.ts';
import { isNode, languageOf, nameOf, parse, visit } from './syntax.ts';

/** What a rule leaves alone, and why. One that leaves nothing alone any more is a breach itself. */
export interface Exception {
  readonly what: RegExp;
  readonly why: string;
}

export const MOST_LINES = 350;
export const MEDIAN_BELOW = 80;
export const MOST_LINES_OF_A_FUNCTION = 60;
export const MOST_FILES_OF_A_FOLDER = 12;

/** Functions, as `file: name`, that may be longer. */
const LONG_FUNCTIONS: readonly Exception[] = [
  {
    what: /^engines\/simd\/assembly\/tiles\.ts: tile$/,
    why: 'a kernel unrolled over six rows and four steps: sums in registers need a variable each',
  },
  {
    what: /^random\/threefry\.ts: threefryRow$/,
    why: 'a kernel of twenty rounds, unrolled: a loop takes twice as long',
  },
];

/** Files that may have one name, those of an exception among themselves. */
const SHARED_NAMES: readonly Exception[] = [
  { what: /(^|\/)index\.ts$/, why: 'an entry of the package, or of the WebAssembly module' },
  {
    what: /^engines\/(reference|gpu|simd)\/(\w+\/)?(engine|memory|factors|products|row-operations|normalise)\.ts$/,
    why: 'the same part of different engines',
  },
  { what: /^verify\/(laws|black-box\/properties)\//, why: 'the same property, of a cell and of a layer' },
  { what: /^(cli\/commands|verify)\/(verify|conform)\.ts$/, why: 'a command, and what it runs' },
  { what: /^(cells|masks\/schemes)\/zoneout\.ts$/, why: 'the scheme, and how a cell holds a state by it' },
];

/** Folders that may hold more files. */
const FULL_FOLDERS: readonly Exception[] = [
  { what: /^masks\/schemes$/, why: 'one file for each scheme' },
  { what: /^verify\/laws$/, why: 'one file for each law' },
  { what: /^verify\/black-box\/properties$/, why: 'one file for each property' },
  { what: /^engines\/simd\/assembly$/, why: 'one module of WebAssembly, a file for each family of its functions' },
];

/** Every breach of the rules, one line each, as `where: what, how much`; empty when all is well. */
export function houseViolations(files: readonly Source[]): string[] {
  return [
    ...longFiles(files),
    ...longMedian(files),
    ...longFunctions(files),
    ...literalSpreads(files),
    ...sharedNames(files),
    ...fullFolders(files),
  ];
}

export function longFiles(files: readonly Source[]): string[] {
  return files.flatMap(({ file, text }) => {
    const lines = linesOf(text);
    return lines > MOST_LINES ? [`${file}: ${lines} lines, at most ${MOST_LINES}`] : [];
  });
}

export function longMedian(files: readonly Source[]): string[] {
  const sorted = files.map(({ text }) => linesOf(text)).sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return median < MEDIAN_BELOW ? [] : [`all files: a median of ${median} lines, to be below ${MEDIAN_BELOW}`];
}

/** A function's length is that of its text, the functions in it included. */
export function longFunctions(files: readonly Source[], exceptions: readonly Exception[] = LONG_FUNCTIONS): string[] {
  const long = files.flatMap(({ file, text }) =>
    functionsIn({ file, text })
      .filter(({ lines }) => lines > MOST_LINES_OF_A_FUNCTION)
      .map(({ name, lines }) => ({
        what: `${file}: ${name}`,
        breach: `${file}: ${name} has ${lines} lines, at most ${MOST_LINES_OF_A_FUNCTION}`,
      })),
  );
  return unlessExcepted(long, exceptions);
}

/** A spread of a literal says nothing that its entries do not say. One of a condition (`...(x ? { x } : {})`) does. */
export function literalSpreads(files: readonly Source[]): string[] {
  return files.flatMap(({ file, text }) => {
    const found: string[] = [];
    visit(parse(text, languageOf(file)), (node) => {
      if (node.type === 'SpreadElement' && isLiteral(node.argument)) {
        found.push(`${file}: a literal is spread at line ${linesOf(text.slice(0, node.start + 1))}`);
      }
    });
    return found;
  });
}

/** Files of one name are one part of different things, and an exception says so; or a stranger opens the wrong one. */
export function sharedNames(files: readonly Source[], exceptions: readonly Exception[] = SHARED_NAMES): string[] {
  const used = new Set<Exception>();
  const found: string[] = [];
  for (const [name, namesakes] of groups(files, ({ file }) => posix.basename(file))) {
    const kinds = groups(namesakes, ({ file }) => exceptions.find(({ what }) => what.test(file)) ?? file);
    for (const [kind, { length }] of kinds) if (typeof kind !== 'string' && length > 1) used.add(kind);
    if (kinds.size > 1) found.push(`${namesakes.map(({ file }) => file).join(', ')}: all are called ${name}`);
  }
  return [...found, ...unused(exceptions, used)];
}

export function fullFolders(files: readonly Source[], exceptions: readonly Exception[] = FULL_FOLDERS): string[] {
  const full = [...groups(files, ({ file }) => posix.dirname(file))]
    .filter(([, { length }]) => length > MOST_FILES_OF_A_FOLDER)
    .map(([what, { length }]) => ({ what, breach: `${what}: ${length} files, at most ${MOST_FILES_OF_A_FOLDER}` }));
  return unlessExcepted(full, exceptions);
}

// --- what the rules share ---

function unlessExcepted(
  found: readonly { readonly what: string; readonly breach: string }[],
  exceptions: readonly Exception[],
): string[] {
  const used = new Set(exceptions.filter(({ what }) => found.some((one) => what.test(one.what))));
  const left = found.filter(({ what }) => !exceptions.some((exception) => exception.what.test(what)));
  return [...left.map(({ breach }) => breach), ...unused(exceptions, used)];
}

function unused(exceptions: readonly Exception[], used: ReadonlySet<Exception>): string[] {
  return exceptions
    .filter((exception) => !used.has(exception))
    .map(({ what, why }) => `${what.source}: an exception (${why}) that nothing needs any more`);
}

function groups<T, K>(values: readonly T[], keyOf: (value: T) => K): Map<K, T[]> {
  const found = new Map<K, T[]>();
  for (const value of values) found.set(keyOf(value), [...(found.get(keyOf(value)) ?? []), value]);
  return found;
}

function linesOf(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

function isLiteral(value: unknown): boolean {
  if (!isNode(value)) return false;
  if (value.type === 'TSAsExpression' || value.type === 'TSSatisfiesExpression') return isLiteral(value.expression);
  return value.type === 'ObjectExpression' || value.type === 'ArrayExpression';
}

/** The functions of a file that have a body, by the names that they are declared with or given to. */
function functionsIn({ file, text }: Source): { readonly name: string; readonly lines: number }[] {
  const found: { name: string; lines: number }[] = [];
  visit(parse(text, languageOf(file)), (node, parent) => {
    if (!/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)) return;
    const name = nameOf(node.id) ?? nameOf(parent?.key) ?? nameOf(parent?.id) ?? 'a function without a name';
    found.push({ name, lines: linesOf(text.slice(node.start, node.end)) });
  });
  return found;
}
