import { posix } from 'node:path';
import { isNode, type Node, nameOf, parse } from './syntax.ts';

/** The text of a file of declarations, by its path, as in `masks/mask.d.ts`. */
export type ReadDeclarations = (file: string) => string;

/** What a file declares under a name. */
export interface Declaration {
  readonly name: string;
  readonly file: string;
  readonly kind: 'function' | 'class' | 'interface' | 'type' | 'const';
  /** One; several where a function is overloaded. */
  readonly nodes: readonly Node[];
  /** Of the file, in which the nodes have their places. */
  readonly text: string;
  /** Empty when there is none. */
  readonly docstring: string;
}

export interface Exported {
  /** As it is imported; `papers.moon2015` for what a namespace has. */
  readonly name: string;
  /** Whether it is exported as a type alone, so that nobody can call a function or class. */
  readonly typeOnly: boolean;
  readonly declaration: Declaration;
}

const KINDS: Readonly<Record<string, Declaration['kind']>> = {
  FunctionDeclaration: 'function',
  TSDeclareFunction: 'function',
  ClassDeclaration: 'class',
  TSInterfaceDeclaration: 'interface',
  TSTypeAliasDeclaration: 'type',
  VariableDeclarator: 'const',
};

/** A name that a file takes from another one. */
interface Reference {
  readonly file: string;
  readonly name: string;
}

/** A file of declarations, taken apart. */
interface Module {
  readonly declared: ReadonlyMap<string, Declaration>;
  readonly imported: ReadonlyMap<string, Reference>;
  readonly statements: readonly Node[];
}

/** Files of declarations, and what their names stand for, whichever file it is in. */
export class Declarations {
  readonly #read: ReadDeclarations;
  readonly #modules = new Map<string, Module>();
  readonly #exports = new Map<string, readonly Exported[]>();

  constructor(read: ReadDeclarations) {
    this.#read = read;
  }

  /** What a file exports, in the order of names. */
  exportsOf(file: string): readonly Exported[] {
    const known = this.#exports.get(file);
    if (known) return known;
    const all = this.#module(file).statements.flatMap((node) => this.#exportsBy(file, node));
    // A function that is overloaded has several statements.
    const found = [...new Map(all.map((exported) => [exported.name, exported])).values()];
    found.sort((a, b) => (a.name < b.name ? -1 : 1));
    this.#exports.set(file, found);
    return found;
  }

  /** What a name stands for in a file; undefined when it comes from a package, or is a global. */
  find(file: string, name: string): Declaration | undefined {
    const { declared, imported } = this.#module(file);
    const from = imported.get(name);
    if (!from) return declared.get(name);
    return this.#exportOf(from.file, from.name).declaration;
  }

  #exportsBy(file: string, node: Node): readonly Exported[] {
    if (node.type === 'ExportAllDeclaration') {
      const namespace = nameOf(node.exported);
      return this.exportsOf(targetOf(file, node) ?? unreadable(file, node)).map((exported) => ({
        ...exported,
        name: namespace ? `${namespace}.${exported.name}` : exported.name,
        typeOnly: exported.typeOnly || node.exportKind === 'type',
      }));
    }
    if (node.type === 'ExportDefaultDeclaration') return unreadable(file, node);
    if (node.type !== 'ExportNamedDeclaration') return [];
    if (isNode(node.declaration)) {
      return declaratorsOf(node.declaration).map(({ id }) => this.#exported(file, nameOf(id)));
    }
    const from = isNode(node.source) ? (targetOf(file, node) ?? unreadable(file, node)) : undefined;
    return (node.specifiers as Node[]).map((one) => {
      const local = nameOf(one.local);
      const exported = from === undefined ? this.#exported(file, local) : this.#exportOf(from, local);
      const typeOnly = exported.typeOnly || node.exportKind === 'type' || one.exportKind === 'type';
      return { ...exported, name: nameOf(one.exported) ?? exported.name, typeOnly };
    });
  }

  /** What a name of a file stands for, as the file exports it itself. */
  #exported(file: string, name = ''): Exported {
    const declaration = this.find(file, name);
    if (!declaration) throw new Error(`${file}: ${name} is exported, but it is not declared below src/`);
    return { name, typeOnly: false, declaration };
  }

  #exportOf(file: string, name = ''): Exported {
    const found = this.exportsOf(file).find((exported) => exported.name === name);
    if (!found) throw new Error(`${file} does not export ${name}`);
    return found;
  }

  #module(file: string): Module {
    const known = this.#modules.get(file) ?? takeApart(file, this.#read(file));
    this.#modules.set(file, known);
    return known;
  }
}

function takeApart(file: string, text: string): Module {
  const statements = parse(text, 'dts').body as Node[];
  const declared = new Map<string, Declaration>();
  const imported = new Map<string, Reference>();
  let end = 0;
  for (const statement of statements) {
    const docstring = /\/\*\*(?:(?!\*\/)[\s\S])*\*\/(?=\s*$)/.exec(text.slice(end, statement.start))?.[0] ?? '';
    end = statement.end;
    const from = statement.type === 'ImportDeclaration' ? targetOf(file, statement) : undefined;
    if (from !== undefined) {
      for (const one of statement.specifiers as Node[]) {
        imported.set(`${nameOf(one.local)}`, { file: from, name: `${nameOf(one.imported)}` });
      }
    }
    const inner = isNode(statement.declaration) ? statement.declaration : statement;
    for (const node of declaratorsOf(inner)) {
      const name = nameOf(node.id);
      const kind = KINDS[node.type];
      if (name === undefined || kind === undefined) continue;
      const before = declared.get(name);
      const nodes = [...(before?.nodes ?? []), node];
      declared.set(name, { name, file, kind, nodes, text, docstring: before?.docstring || docstring });
    }
  }
  return { declared, imported, statements };
}

/** The parts of a declaration that have a name each: of `const a = 1, b = 2` there are two. */
function declaratorsOf(node: Node): readonly Node[] {
  return node.type === 'VariableDeclaration' ? (node.declarations as Node[]) : [node];
}

/** The file that a statement names, or undefined when it names a package. */
function targetOf(file: string, { source }: Node): string | undefined {
  const from = isNode(source) ? `${source.value}` : '';
  return from.startsWith('.') ? posix.join(posix.dirname(file), from.replace(/\.[jt]s$/, '.d.ts')) : undefined;
}

function unreadable(file: string, { type }: Node): never {
  throw new Error(`${file}: ${type} of a kind that is not read: name what is exported, from a file below src/`);
}
