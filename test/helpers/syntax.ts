import { parseAst } from 'vitest/node';

/** A node of a syntax tree, as ESTree has it, with TypeScript's. */
export type Node = Readonly<Record<string, unknown>> & {
  readonly type: string;
  /** Where it stands in the text: from `start` up to `end`, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
};

/** What a file is written in, by its name. */
export function languageOf(file: string): 'ts' | 'tsx' {
  return file.endsWith('x') ? 'tsx' : 'ts';
}

/** The tree of a TypeScript file, or of a file of declarations. */
export function parse(text: string, lang: 'ts' | 'tsx' | 'dts' = 'ts'): Node {
  return parseAst(text, { lang }) as unknown as Node;
}

/** See each node of a tree, parents first. */
export function visit(node: Node, see: (node: Node, parent: Node | null, field: string) => void): void {
  const walk = (value: unknown, parent: Node | null, field: string): void => {
    if (Array.isArray(value)) {
      for (const entry of value) walk(entry, parent, field);
    } else if (isNode(value)) {
      see(value, parent, field);
      for (const [name, entry] of Object.entries(value)) walk(entry, value, name);
    }
  };
  walk(node, null, '');
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** The name of an identifier (`#name` for a private one), or the text of a literal; undefined of anything else. */
export function nameOf(value: unknown): string | undefined {
  if (!isNode(value)) return undefined;
  if (value.type === 'Literal') return String(value.value);
  if (typeof value.name !== 'string') return undefined;
  return value.type === 'PrivateIdentifier' ? `#${value.name}` : value.name;
}
