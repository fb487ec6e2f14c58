import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Declaration, Declarations, type Exported, type ReadDeclarations } from './declarations.ts';
import { ROOT } from './run-script.ts';
import { isNode, type Node, nameOf, visit } from './syntax.ts';

const run = promisify(execFile);

/** An entry of the package, `keepgate/verify`, with what it exports. */
export interface Entry {
  readonly name: string;
  readonly exports: readonly Exported[];
}

export interface PublicSurface {
  readonly entries: readonly Entry[];
  /** What the types of the above name without any entry exporting it: who has a value of it sees its members too. */
  readonly unnamed: readonly Declaration[];
}

/** What the package exports, from declarations that the compiler writes. It does not check types: that is done elsewhere. */
export async function packageSurface(): Promise<PublicSurface> {
  const folder = await mkdtemp(join(tmpdir(), 'keepgate-declarations-'));
  try {
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const options = ['--emitDeclarationOnly', '--declarationMap', 'false', '--noCheck', '--outDir', folder];
    await run(process.execPath, [tsc, '-p', join(ROOT, 'tsconfig.build.json'), ...options]);
    return surfaceOf(entryFiles(await readFile(join(ROOT, 'package.json'), 'utf8')), (file) =>
      readFileSync(join(folder, file), 'utf8'),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The entries of a package.json that have types, as paths below dist/. */
function entryFiles(packageJson: string): Map<string, string> {
  const { name, exports } = JSON.parse(packageJson) as { name: string; exports: Record<string, { types?: string }> };
  return new Map(
    Object.entries(exports).flatMap(([path, { types }]) =>
      types ? [[`${name}${path.slice(1)}`, types.replace('./dist/', '')] as const] : [],
    ),
  );
}

export function surfaceOf(files: ReadonlyMap<string, string>, read: ReadDeclarations): PublicSurface {
  const declarations = new Declarations(read);
  const entries = [...files].map(([name, file]) => ({ name, exports: declarations.exportsOf(file) }));
  const named = new Set(entries.flatMap(({ exports }) => exports.map(({ declaration }) => declaration)));
  const seen = new Set(named);
  for (const declaration of seen) {
    for (const name of typesIn(declaration)) {
      const used = declarations.find(declaration.file, name);
      if (used) seen.add(used); // A set hands on what is added to it while it is gone through.
    }
  }
  const unnamed = [...seen].filter((declaration) => !named.has(declaration)).sort(byName);
  return { entries, unnamed };
}

/** The names of types that a declaration is made of. */
function typesIn(declaration: Declaration): Set<string> {
  const found = new Set<string>();
  for (const node of declaration.nodes) {
    visit(node, (part) => {
      const names = [part.typeName, part.exprName, part.superClass];
      if (/Heritage|ClassImplements/.test(part.type)) names.push(part.expression);
      for (const name of names) if (isNode(name)) found.add(`${nameOf(name) ?? nameOf(name.left)}`);
    });
  }
  return found;
}

/** The surface as a text: a line for each name, and one for each member of an interface or class. */
export function surfaceText({ entries, unnamed }: PublicSurface): string {
  const lines: string[] = [];
  for (const { name, exports } of entries) {
    lines.push(`# ${name}`, '', ...exports.flatMap(exportedLines), '');
  }
  lines.push('# in the types above, without a name to import', '', ...unnamed.flatMap(declarationLines));
  return `${lines.join('\n').trimEnd()}\n`;
}

function exportedLines({ name, typeOnly, declaration }: Exported): string[] {
  const lines = declarationLines(declaration);
  const asType = typeOnly && !/^(interface|type)$/.test(declaration.kind) ? 'as a type: ' : '';
  return [`${name === declaration.name ? '' : `${name} = `}${asType}${lines[0]}`, ...lines.slice(1)];
}

function declarationLines({ nodes, text }: Declaration): string[] {
  return nodes.flatMap((node) => {
    const body = isNode(node.body) && Array.isArray(node.body.body) ? node.body : undefined;
    const head = plain(text.slice(node.start, body?.start ?? node.end)).replace(/^declare /, '');
    const members = (body?.body as Node[] | undefined)?.filter(isPublic).sort(byKey) ?? [];
    return [
      node.type === 'VariableDeclarator' ? `const ${head}` : head,
      ...members.map((member) => `  ${plain(text.slice(member.start, member.end))}`),
    ];
  });
}

/** Whether it can be used, or, like a constructor that cannot be called, says what cannot. */
function isPublic({ key, accessibility, kind }: Node): boolean {
  const isPrivate = accessibility === 'private' || (isNode(key) && key.type === 'PrivateIdentifier');
  return !isPrivate || kind === 'constructor';
}

/** Without comments, on one line. */
function plain(text: string): string {
  const code = text.replace(/('|"|`)(?:\\.|(?!\1)[^\\])*\1|\/\/.*|\/\*[\s\S]*?\*\//g, (part, quote) =>
    quote ? part : ' ',
  );
  return code.replace(/\s+/g, ' ').replace(/;$/, '').trim();
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function byKey(a: Node, b: Node): number {
  return byName({ name: nameOf(a.key) ?? '' }, { name: nameOf(b.key) ?? '' });
}
