import { isBuiltin } from 'node:module';
import { posix } from 'node:path';
import type { Source } from './sources.ts';
import { isNode, languageOf, type Node, nameOf, parse, visit } from './syntax.ts';

/** A file below src/, with what it imports. */
export interface SourceFile extends Source {
  readonly imports: readonly Import[];
}

export interface Import {
  /** As written: `./scheme.ts`, `#platform/files.js`, `csv-parse/sync`. */
  readonly from: string;
  /** `import type` and `import('x').T` are types; `import('x')` is dynamic; all else is static. */
  readonly kind: 'static' | 'type' | 'dynamic';
}

/**
 * Who may import whom: a file imports from its own line or from the lines above it, never from below. Files that
 * several lines fit belong to the first of them. docs/architecture.md shows the same order. A room has its place before it
 * has files.
 */
export const ORDER: readonly { readonly name: string; readonly files: RegExp }[] = [
  { name: 'errors, realms, checks, define, tensor', files: /^((errors|realms|checks|define)\.ts$|tensor\/)/ },
  { name: 'platform', files: /^platform\// },
  { name: 'random, engines/ops + kernel + trace', files: /^(random\/|engines\/(ops|kernel|trace)\.ts$)/ },
  { name: 'masks', files: /^masks\// },
  { name: 'engines/*', files: /^engines\// },
  { name: 'cells', files: /^cells\// },
  { name: 'sequence', files: /^sequence\// },
  { name: 'layers', files: /^layers\// },
  { name: 'text, interop', files: /^(text\/|interop\/(?!index\.ts$))/ },
  { name: 'verify, train, report', files: /^(verify|train|report)\// },
  { name: 'search', files: /^search\// },
  { name: 'index', files: /^(interop\/)?index\.ts$/ },
  { name: 'cli, lab', files: /^(cli|lab)\// },
];

const CELLS_SEE = /^(cells\/|(errors|checks)\.ts$|engines\/(ops|kernel)\.ts$|masks\/(sites|mask)\.ts$)/;
const PLATFORM_SEES = /^(platform\/|(errors|realms)\.ts$)/;
const FILES = /^platform\/(files|paths|atomic-write|logs\/append-file)\.ts$/;
/** See "imports" in package.json. */
const BY_NAME = /^#platform\/(.*)\.js$/;
const STAND_IN = /^platform\/.*\.browser\.ts$/;
/** What pages have as well, and so needs no stand-in. */
const EVERYWHERE = /^platform\/packages\//;
const GPU_JS = /^#?gpu\.js$/;
/** The page of the lab is bundled, and uses public names alone. */
const LAB_STANDS_ON = /^(keepgate(\/\w+)*|preact(\/hooks)?|@preact\/signals)$/;
const FILES_USERS = /^(platform|cli|interop|text|report|search)\//;
/** Whole folders, or files, that stand on a dependency: whoever loads them has asked for it. */
const STANDS_ON: Readonly<Record<string, RegExp>> = { 'fast-check': /^verify\//, vitest: /^verify\/vitest\.ts$/ };

/** What the command line loads before it knows which command runs: names, options, and how they are checked. */
const STARTS_WITH =
  /^(cli\/(?!actions\/)|(errors|realms|checks)\.ts$|platform\/|report\/(table|work-sizes)\.ts$|engines\/gpu\/device\/modes\.ts$)/;

/** Every breach of the rules, one line each; empty when all is well. */
export function importViolations(files: readonly SourceFile[]): string[] {
  return [
    ...files.flatMap((source) => source.imports.flatMap((entry) => breaches(source.file, entry))),
    ...files.flatMap(({ file, text }) =>
      file.startsWith('cli/') ? [] : globalsIn(text, file).map((name) => `${file}: ${name} is for src/cli alone`),
    ),
    ...cycles(files),
    ...heavyEntries(files),
    ...heavyStart(files),
    ...standInBreaches(files),
  ];
}

/** The main entry must not load, by static imports, what stands on a dependency. */
function heavyEntries(files: readonly SourceFile[]): string[] {
  return loadedWith('index.ts', files).flatMap(({ file, imports }) =>
    imports.flatMap(({ from, kind }) =>
      kind === 'static' && Object.hasOwn(STANDS_ON, from) ? `${file} imports ${from}: index.ts loads it` : [],
    ),
  );
}

/** What a command does is imported when it runs: the help, the version and wrong options need not wait for it. */
function heavyStart(files: readonly SourceFile[]): string[] {
  const loaded = loadedWith('cli/main.ts', files);
  return loaded.flatMap(({ file, imports }) => [
    ...(STARTS_WITH.test(file) ? [] : [`${file}: cli/main.ts loads it; import it in cli/actions`]),
    ...imports.flatMap(({ from, kind }) =>
      kind === 'static' && target(file, from) === null && !isBuiltin(from) && from !== 'commander'
        ? `${file} imports ${from}: cli/main.ts loads it; import it in cli/actions`
        : [],
    ),
  ]);
}

/** A file and all that its static imports load with it. */
function loadedWith(entry: string, files: readonly SourceFile[]): SourceFile[] {
  const sources = new Map(files.map((source) => [source.file, source]));
  const reached = new Set<string>();
  const walk = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const { from, kind } of sources.get(file)?.imports ?? []) {
      const to = target(file, from);
      if (to !== null && kind === 'static') walk(to);
    }
  };
  walk(entry);
  return files.filter(({ file }) => reached.has(file));
}

function breaches(file: string, { from, kind }: Import): string[] {
  const says = (problem: string): string[] => [`${file} imports ${from}: ${problem}`];
  const to = target(file, from);
  if (file.startsWith('lab/')) {
    const isOwn = to === null ? LAB_STANDS_ON.test(from) : to.startsWith('lab/');
    return isOwn ? [] : says('the lab sees the package as its users do, and preact');
  }
  if (to !== null) return edgeBreaches(file, to);
  if (isBuiltin(from)) {
    const isReal = file.startsWith('platform/') && !STAND_IN.test(file);
    return isReal ? [] : says('what Node alone has is for platform, and not for its stand-ins');
  }
  if (GPU_JS.test(from) && !file.startsWith('engines/gpu/')) return says('gpu.js is for engines/gpu alone');
  const users = STANDS_ON[from];
  if (users) return users.test(file) ? [] : says(`${from} is for files that match ${users.source} alone`);
  if (kind === 'static' && !file.startsWith('cli/')) {
    return says('a dependency is imported when it is needed, by import(), anywhere but in cli');
  }
  return [];
}

function edgeBreaches(file: string, to: string): string[] {
  const [above, below] = [placeOf(file), placeOf(to)];
  for (const [path, place] of [[file, above] as const, [to, below] as const]) {
    if (place === -1) return [`${path}: no place in the order of imports; add its folder`];
  }
  const found: string[] = [];
  if (below > above) {
    found.push(`${file} imports ${to}: '${ORDER[above]?.name}' may not import from '${ORDER[below]?.name}'`);
  }
  if (file.startsWith('cells/') && !CELLS_SEE.test(to)) {
    found.push(
      `${file} imports ${to}: cells see engines/ops, engines/kernel, errors, checks, masks/sites and masks/mask only`,
    );
  }
  if (file.startsWith('platform/') && !PLATFORM_SEES.test(to)) {
    found.push(`${file} imports ${to}: platform sees errors only`);
  }
  if (FILES.test(to) && !FILES_USERS.test(file)) {
    found.push(`${file} imports ${to}: files are for cli, interop, text, report and search`);
  }
  return found;
}

function placeOf(file: string): number {
  return ORDER.findIndex(({ files }) => files.test(file));
}

/** The file below src/ that is imported, or null where it is none. */
function target(file: string, from: string): string | null {
  if (from.startsWith('.')) return posix.join(posix.dirname(file), from);
  const [, name] = BY_NAME.exec(from) ?? [];
  return name === undefined ? null : `platform/${name}.ts`;
}

/**
 * A page gets the stand-in of what is imported by name. So what a page may load imports by name; the command line alone
 * may import what has no stand-in, by its path.
 */
function standInBreaches(files: readonly SourceFile[]): string[] {
  const standIns = new Set(files.map(({ file }) => file).filter((file) => STAND_IN.test(file)));
  const breach = (file: string, { from, kind }: Import): string | null => {
    const to = target(file, from);
    if (to === null || !to.startsWith('platform/') || EVERYWHERE.test(to)) return null;
    const hasStandIn = standIns.has(to.replace(/\.ts$/, '.browser.ts'));
    if (STAND_IN.test(file)) return hasStandIn && kind !== 'type' ? 'a stand-in takes types alone from it' : null;
    if (file.startsWith('platform/')) return null;
    if (BY_NAME.test(from)) return hasStandIn ? null : 'it has no stand-in for pages';
    if (hasStandIn) return `import it as #${to.replace(/\.ts$/, '.js')}, so that a page gets its stand-in`;
    return file.startsWith('cli/') ? null : 'without a stand-in for pages it is for cli alone';
  };
  return files.flatMap(({ file, imports }) =>
    imports.flatMap((entry) => {
      const found = breach(file, entry);
      return found === null ? [] : [`${file} imports ${entry.from}: ${found}`];
    }),
  );
}

/** Each cycle once, as the path around it. Type-only and dynamic edges count: they tie files together as well. */
function cycles(files: readonly SourceFile[]): string[] {
  const edges = new Map(
    files.map(({ file, imports }) => [file, [...new Set(imports.flatMap(({ from }) => target(file, from) ?? []))]]),
  );
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      found.push(`cycle: ${[...path.slice(path.indexOf(file)), file].join(' -> ')}`);
      return;
    }
    if (done.has(file)) return;
    for (const next of edges.get(file) ?? []) walk(next, [...path, file]);
    done.add(file);
  };
  for (const file of edges.keys()) walk(file, []);
  return found;
}

// --- reading a file ---

/** What a TypeScript file imports, re-exports included. */
export function importsIn(text: string, file = ''): Import[] {
  const found: Import[] = [];
  visit(parse(text, languageOf(file)), (node) => {
    const from = specifierOf(node);
    if (from === undefined) return;
    const isType = node.type === 'TSImportType' || node.importKind === 'type' || node.exportKind === 'type';
    found.push({ from, kind: isType ? 'type' : node.type === 'ImportExpression' ? 'dynamic' : 'static' });
  });
  return found;
}

/** The globals `process` and `console`, where a file uses them; strings, comments and properties do not count. */
export function globalsIn(text: string, file = ''): string[] {
  const found = new Set<string>();
  visit(parse(text, languageOf(file)), (node, parent, field) => {
    if (node.type !== 'Identifier' || (node.name !== 'process' && node.name !== 'console')) return;
    const isMember = field === 'property' && parent?.computed === false && nameOf(parent.object) !== 'globalThis';
    const isLabel = field === 'key' && parent?.computed === false && parent.shorthand !== true;
    if (!isMember && !isLabel) found.add(node.name);
  });
  return [...found];
}

function specifierOf(node: Node): string | undefined {
  const imports = ['ImportDeclaration', 'ExportNamedDeclaration', 'ExportAllDeclaration'];
  const source = [...imports, 'ImportExpression', 'TSImportType'].includes(node.type) ? node.source : undefined;
  if (!isNode(source)) return undefined;
  return typeof source.value === 'string' ? source.value : '(computed)';
}
