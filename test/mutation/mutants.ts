import { parseAst } from 'vitest/node';
import { ARITHMETIC, BOUNDARY, NEGATED, OTHER_FUNCTION, OTHER_NAME } from './replacements.ts';

/** One small change of a source file, which some test should notice. */
export interface Mutant {
  /** Its path below src/, as in `cells/lstm.ts`. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly operator: Operator;
  /** Where the changed text is, in characters. */
  readonly start: number;
  readonly end: number;
  readonly was: string;
  readonly becomes: string;
}

export type Operator =
  | 'arithmetic'
  | 'boundary'
  | 'negated comparison'
  | 'polarity'
  | 'logic'
  | 'forced condition'
  | 'constant'
  | 'flag'
  | 'name'
  | 'order of a list'
  | 'removed entry'
  | 'removed term'
  | 'swapped arguments'
  | 'other function'
  | 'removed call'
  | 'removed statement'
  | 'optional chain';

/** Every mutant of a file. What is said to people (errors, warnings, names of kernels) is left as it is. */
export function mutantsOf(file: string, text: string): Mutant[] {
  const found = new Map<string, Mutant>();
  const visit = (node: Node, parents: readonly Place[]): void => {
    if (isText(node, parents)) return;
    for (const { operator, at = node, becomes } of changesAt({
      node,
      parents,
      textOf: (n) => text.slice(n.start, n.end),
    })) {
      const { start, end } = at;
      const was = text.slice(start, end);
      const line = text.slice(0, start).split('\n').length;
      const id = `${start} ${end} ${becomes}`;
      if (becomes !== was && !found.has(id)) found.set(id, { file, line, operator, start, end, was, becomes });
    }
    for (const [field, child] of childrenOf(node)) visit(child, [{ node, field }, ...parents]);
  };
  visit(parseAst(text, { lang: 'ts' }) as unknown as Node, []);
  return [...found.values()].sort((a, b) => a.start - b.start || a.end - b.end);
}

/** The text of the file with the change. */
export function mutated(text: string, { start, end, becomes }: Mutant): string {
  return text.slice(0, start) + becomes + text.slice(end);
}

// --- the changes ---

interface Change {
  readonly operator: Operator;
  readonly becomes: string;
  /** What is changed: the node itself when left out. */
  readonly at?: Pick<Node, 'start' | 'end'>;
}

interface Seen {
  readonly node: Node;
  /** The nearest first. */
  readonly parents: readonly Place[];
  textOf(node: Pick<Node, 'start' | 'end'>): string;
}

function changesAt(seen: Seen): readonly Change[] {
  return Object.hasOwn(CHANGES, seen.node.type) ? (CHANGES[seen.node.type]?.(seen) ?? []) : [];
}

/** Calls whose receiver is much like their result. */
const LIKE_ITS_RECEIVER = ['filter', 'reverse', 'slice', 'trim', 'subarray'];
/** Operations whose arguments are like their result: a term that is removed leaves another. */
const TERMS: Readonly<Record<string, readonly number[]>> = {
  add: [0, 1],
  mul: [0, 1],
  sub: [0],
  blend: [1, 2],
  fold: [0],
};
const COMMUTES = ['add', 'mul', 'max', 'min', 'sumOf', 'productSum'];
/** Arguments that fit nowhere else: a swap would fail at once, and say nothing about the tests. */
const TOOLS = [
  'ops',
  'algebra',
  'v',
  'cell',
  'who',
  'step',
  'rule',
  'key',
  'parent',
  'extents',
  'lane',
  'scheme',
  'index',
];
/** What can stand in another argument's place. */
const MOVABLE = [
  'Identifier',
  'MemberExpression',
  'CallExpression',
  'BinaryExpression',
  'TSAsExpression',
  'ConditionalExpression',
];

const CHANGES: Readonly<Record<string, (seen: Seen) => readonly Change[]>> = {
  BinaryExpression({ node, textOf }) {
    const [left, right] = [nodeAt(node, 'left'), nodeAt(node, 'right')];
    const operator = String(node.operator);
    const swapped = (kind: Operator, table: Readonly<Record<string, string>>): Change[] =>
      table[operator] ? [{ operator: kind, becomes: `(${textOf(left)} ${table[operator]} ${textOf(right)})` }] : [];
    return [
      ...swapped('arithmetic', ARITHMETIC),
      ...swapped('boundary', BOUNDARY),
      ...swapped('negated comparison', NEGATED),
      ...(operator === '-' && textOf(left) === '1' ? [{ operator: 'polarity', becomes: textOf(right) } as const] : []),
    ];
  },
  LogicalExpression({ node, textOf }) {
    const [left, right] = [textOf(nodeAt(node, 'left')), textOf(nodeAt(node, 'right'))];
    const other = { '&&': '||', '||': '&&' }[String(node.operator)];
    return [left, right, ...(other ? [`(${left} ${other} ${right})`] : [])].map((becomes) => ({
      operator: 'logic',
      becomes,
    }));
  },
  UnaryExpression: ({ node, textOf }) =>
    node.operator === '!' || node.operator === '-'
      ? [{ operator: node.operator === '!' ? 'logic' : 'arithmetic', becomes: textOf(nodeAt(node, 'argument')) }]
      : [],
  UpdateExpression: ({ node, textOf }) => [
    { operator: 'arithmetic', becomes: `${textOf(nodeAt(node, 'argument'))}${node.operator === '++' ? '--' : '++'}` },
  ],
  AssignmentExpression({ node, textOf }) {
    const other = { '+=': '-=', '-=': '+=' }[String(node.operator)];
    const [left, right] = [textOf(nodeAt(node, 'left')), textOf(nodeAt(node, 'right'))];
    return other ? [{ operator: 'arithmetic', becomes: `${left} ${other} ${right}` }] : [];
  },
  IfStatement: ({ node }) => forced(nodeAt(node, 'test')),
  ConditionalExpression: ({ node }) => forced(nodeAt(node, 'test')),
  Literal({ node, parents }) {
    const { value } = node;
    if (typeof value === 'boolean') return [{ operator: 'flag', becomes: String(!value) }];
    // The compiler sees to it that the names within a kernel match.
    if (typeof value === 'string' && parents.some(({ node: call }) => nameOfCall(call) === 'kernel')) return [];
    if (typeof value === 'string')
      return [{ operator: 'name', becomes: `'${entryOf(OTHER_NAME, value) ?? `${value}_`}'` }];
    if (typeof value !== 'number') return [];
    const other = value === 1 ? 0 : Number.isInteger(value) ? value + 1 : value * 1.5;
    return [{ operator: 'constant', becomes: String(other) }];
  },
  TemplateLiteral: ({ node, textOf }) => [{ operator: 'name', becomes: textOf(node).replace(/`$/, '_`') }],
  Identifier({ node, parents }) {
    const isValue =
      node.name === 'rate' && ['BinaryExpression', 'CallExpression'].includes(parents[0]?.node.type ?? '');
    return isValue ? [{ operator: 'polarity', becomes: '(1 - rate)' }] : [];
  },
  ArrayExpression({ node, parents, textOf }) {
    const entries = nodesAt(node, 'elements').map(textOf);
    const less = entries.map((_, index) => entries.filter((_entry, other) => other !== index));
    const inKernel = parents.some(({ node: call }) => nameOfCall(call) === 'kernel');
    const isChoice = parents.some(({ node: call }) => /^(choice|entry|paper)$/.test(nameOfCall(call)));
    return [
      ...(entries.length > 1 && !isChoice
        ? [{ operator: 'order of a list', becomes: listed(entries.toReversed()) } as const]
        : []),
      // The compiler sees to it that the names within a kernel are all there.
      ...(inKernel ? [] : less).map((left): Change => ({ operator: 'removed entry', becomes: listed(left) })),
    ];
  },
  ObjectExpression({ node, textOf }) {
    const entries = nodesAt(node, 'properties').filter((entry) => !isMethod(entry));
    // Elsewhere the compiler sees to it that all properties are there.
    if (!entries.some(({ type }) => type === 'SpreadElement')) return [];
    return entries.map((entry) => ({ operator: 'removed entry', at: withComma(entry, textOf), becomes: '' }));
  },
  CallExpression(seen) {
    const { node, textOf } = seen;
    const called = nameOfCall(node);
    const args = nodesAt(node, 'arguments');
    const callee = nodeAt(node, 'callee');
    return [
      ...(entryOf(TERMS, called) ?? []).flatMap((index): Change[] => {
        const term = args[index];
        return term ? [{ operator: 'removed term', becomes: textOf(term) }] : [];
      }),
      ...(Object.hasOwn(OTHER_FUNCTION, called) ? [otherFunction(callee, called)] : []),
      ...(LIKE_ITS_RECEIVER.includes(called) && callee.type === 'MemberExpression'
        ? [{ operator: 'removed call', becomes: textOf(nodeAt(callee, 'object')) } as const]
        : []),
      ...(COMMUTES.includes(called) ? [] : swappedArguments(args, textOf)),
    ];
  },
  NewExpression: ({ node, textOf }) => swappedArguments(nodesAt(node, 'arguments'), textOf),
  MemberExpression({ node, textOf }) {
    if (node.optional !== true) return [];
    const [object, property] = [nodeAt(node, 'object'), nodeAt(node, 'property')];
    const [from, to] = [textOf(object), textOf(property)];
    return [{ operator: 'optional chain', becomes: node.computed === true ? `${from}[${to}]` : `${from}.${to}` }];
  },
  ExpressionStatement: () => [{ operator: 'removed statement', becomes: ';' }],
};

function forced(at: Node): Change[] {
  return ['true', 'false'].map((becomes) => ({ operator: 'forced condition', at, becomes }));
}

function swappedArguments(args: readonly Node[], textOf: Seen['textOf']): Change[] {
  return args.slice(1).flatMap((right, index) => {
    const left = args[index] as Node;
    const texts = [textOf(left), textOf(right)] as const;
    const fits = [left, right].every((arg) => MOVABLE.includes(arg.type) && !TOOLS.includes(textOf(arg)));
    const at = { start: left.start, end: right.end };
    return fits ? [{ operator: 'swapped arguments', at, becomes: `${texts[1]}, ${texts[0]}` }] : [];
  });
}

function otherFunction(callee: Node, called: string): Change {
  const at = callee.type === 'MemberExpression' ? nodeAt(callee, 'property') : callee;
  return { operator: 'other function', at, becomes: String(OTHER_FUNCTION[called]) };
}

function listed(entries: readonly string[]): string {
  return `[${entries.join(', ')}]`;
}

function withComma(entry: Node, textOf: Seen['textOf']): Pick<Node, 'start' | 'end'> {
  const hasComma = textOf({ start: entry.end, end: entry.end + 1 }) === ',';
  return { start: entry.start, end: entry.end + (hasComma ? 1 : 0) };
}

// --- what is left alone ---

const PASSED_THROUGH = ['TSAsExpression', 'TSSatisfiesExpression', 'TSNonNullExpression'];
const LEFT_ALONE = ['ThrowStatement', 'ImportDeclaration', 'ExportAllDeclaration'];

/** Types, and what is written for people to read. */
function isText(node: Node, parents: readonly Place[]): boolean {
  if (LEFT_ALONE.includes(node.type) || (node.type.startsWith('TS') && !PASSED_THROUGH.includes(node.type)))
    return true;
  const [above, further] = parents;
  if (!above) return false;
  const isLabel = above.node.computed !== true && (above.field === 'key' || above.field === 'property');
  if (isLabel && above.node.shorthand !== true) return true;
  // The names of options: that they are all there, the compiler sees to, and their values say nothing.
  if (node.value === true && parents.some(({ node: outer }) => namesOptions(outer))) return true;
  if (node.type === 'Literal' && typeof node.value === 'string') {
    const key = above.node.type === 'Property' && above.field === 'value' ? nodeAt(above.node, 'key').name : '';
    return /\s/.test(node.value) || key === 'option' || namesTheAsker(node, above.node);
  }
  if (node.type === 'TemplateLiteral') {
    const quasis = nodesAt(node, 'quasis').map(({ value }) => String((value as { readonly raw: string }).raw));
    return quasis.some((quasi) => /\s/.test(quasi)) || namesTheAsker(node, above.node);
  }
  return further === undefined && node.type === 'Directive';
}

/** Whether a text tells a check on whose behalf, and of what, it would complain. */
function namesTheAsker(node: Node, call: Node): boolean {
  const called = nameOfCall(call);
  if (/^(expect\w*|optionsOf|choice)$/.test(called)) return true;
  return /^(atSites|zoneSites)$/.test(called) && nodesAt(call, 'arguments')[0] === node;
}

/** A call of `optionsOf`, or a constant of its names. */
function namesOptions(node: Node): boolean {
  if (nameOfCall(node) === 'optionsOf') return true;
  return node.type === 'VariableDeclarator' && JSON.stringify(node.id).includes('"OptionNames"');
}

/** Code has names of any kind, such as toString. */
function entryOf<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

// --- the tree ---

interface Node extends Readonly<Record<string, unknown>> {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** Where a node hangs. */
interface Place {
  readonly node: Node;
  readonly field: string;
}

function childrenOf(node: Node): [string, Node][] {
  return Object.entries(node).flatMap(([field, value]) =>
    (Array.isArray(value) ? value : [value]).filter(isNode).map((child): [string, Node] => [field, child]),
  );
}

function nodeAt(node: Node, field: string): Node {
  const child = node[field];
  if (!isNode(child)) throw new Error(`${node.type}: a node was expected as ${field}`);
  return child;
}

function nodesAt(node: Node, field: string): Node[] {
  const children = node[field];
  return Array.isArray(children) ? children.filter(isNode) : [];
}

function isMethod({ type, method }: Node): boolean {
  return type === 'Property' && method === true;
}

/** The name of what is called: `add` for `add(x, y)` and for `algebra.add(x, y)`; empty for all else. */
function nameOfCall(node: Node): string {
  if (node.type !== 'CallExpression') return '';
  const callee = nodeAt(node, 'callee');
  const named = callee.type === 'MemberExpression' ? nodeAt(callee, 'property') : callee;
  return typeof named.name === 'string' ? named.name : '';
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
