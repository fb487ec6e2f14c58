import { describe, expect, test } from 'vitest';
import {
  type Exception,
  fullFolders,
  houseViolations,
  literalSpreads,
  longFiles,
  longFunctions,
  longMedian,
  sharedNames,
} from '../helpers/house-rules.ts';
import { readSources, type Source } from '../helpers/sources.ts';

/** A file of so many lines, which end as files do. */
function file(path: string, lines = 1): Source {
  return { file: path, text: 'const a = 1;\n'.repeat(lines) };
}

function text(...lines: readonly string[]): Source[] {
  return [{ file: 'a.ts', text: `${lines.join('\n')}\n` }];
}

/** So many lines of statements, for a body. */
function body(lines: number): string[] {
  return Array.from({ length: lines }, () => '  f();');
}

const A: Exception = { what: /^a\.ts/, why: 'a reason' };
const UNUSED = ['^a\\.ts: an exception (a reason) that nothing needs any more'];

test('the sources keep the rules of the house', () => {
  const sources = readSources();
  expect(sources.length).toBeGreaterThan(50);
  expect(houseViolations(sources)).toEqual([]);
});

test.each(['test', 'examples', 'docs', 'scripts'])(
  'no literal is spread to group its entries, in %s either',
  (folder) => {
    const sources = readSources(folder);
    expect(sources.length).toBeGreaterThan(2);
    expect(literalSpreads(sources)).toEqual([]);
  },
);

test('a file is at most 350 lines long', () => {
  expect(longFiles([file('a.ts', 350)])).toEqual([]);
  expect(longFiles([file('a.ts', 351), file('b.ts')])).toEqual(['a.ts: 351 lines, at most 350']);
  expect(longFiles([{ file: 'a.ts', text: '\n'.repeat(350) }])).toEqual([]);
  expect(longFiles([{ file: 'a.ts', text: `${'\n'.repeat(350)}a` }])).toEqual(['a.ts: 351 lines, at most 350']);
});

test('half of the files are shorter than 80 lines', () => {
  expect(longMedian([file('a.ts', 300), file('b.ts', 79), file('c.ts', 79)])).toEqual([]);
  expect(longMedian([file('a.ts', 80), file('b.ts', 80), file('c.ts')])).toEqual([
    'all files: a median of 80 lines, to be below 80',
  ]);
});

describe('a function is at most 60 lines long', () => {
  test.each([
    ['declared', 'function one() {', '}', 'one'],
    ['exported', 'export async function one(): Promise<void> {', '}', 'one'],
    ['given to a name', 'const one = () => {', '};', 'one'],
    ['of an object', 'const a = { one() {', '} };', 'one'],
    ['in an object', 'const a = { one: () => {', '} };', 'one'],
    ['of a class', 'class A { one() {', '} }', 'one'],
    ['private', 'class A { #one() {', '} }', '#one'],
    ['passed on', 'test(() => {', '});', 'a function without a name'],
  ])('%s', (_, before, after, name) => {
    expect(longFunctions(text(before, ...body(58), after), [])).toEqual([]);
    expect(longFunctions(text(before, ...body(59), after), [])).toEqual([`a.ts: ${name} has 61 lines, at most 60`]);
  });

  test('with the functions in it', () => {
    const inner = ['  function inner() {', ...body(30), '  }'];
    expect(longFunctions(text('function outer() {', ...inner, ...body(28), '}'), [])).toEqual([
      'a.ts: outer has 62 lines, at most 60',
    ]);
  });

  test('unless it is an exception, which it must need', () => {
    const of = (lines: number) => text('function one() {', ...body(lines), '}');
    expect(longFunctions(of(100), [A])).toEqual([]);
    expect(longFunctions(of(10), [A])).toEqual(UNUSED);
  });
});

describe('a literal is not spread', () => {
  test.each([
    'const x = { ...{ a, b }, c };',
    'const x = [...[a, b], c];',
    'f(...[a, b]);',
    'f(...([a, b] as const));',
    'const x = { ...({ a } satisfies A) };',
  ])('%s', (line) => {
    expect(literalSpreads(text('', line))).toEqual(['a.ts: a literal is spread at line 2']);
  });

  test.each([
    'const x = { ...(a ? { a } : {}) };',
    'const x = { ...a, ...f({ b }) };',
    'const x = [...a, ...[b, c].map(f), ...(d ? [d] : [])];',
    'const [...rest] = [[1]];',
    "// ...{ a }\nconst x = '...[a]';",
  ])('%s spreads none', (line) => {
    expect(literalSpreads(text(line))).toEqual([]);
  });
});

describe('files have names of their own', () => {
  test('in all folders', () => {
    expect(sharedNames([file('a/one.ts'), file('b/two.ts')], [])).toEqual([]);
    expect(sharedNames([file('a/one.ts'), file('b/one.ts'), file('two.ts')], [])).toEqual([
      'a/one.ts, b/one.ts: all are called one.ts',
    ]);
  });

  test('but for exceptions, among themselves, while they are needed', () => {
    const parts: Exception = { what: /^engines\/.*\/one\.ts$/, why: 'parts' };
    const engines = [file('engines/a/one.ts'), file('engines/b/one.ts')];
    expect(sharedNames(engines, [parts])).toEqual([]);
    expect(sharedNames([...engines, file('cli/one.ts')], [parts])).toEqual([
      'engines/a/one.ts, engines/b/one.ts, cli/one.ts: all are called one.ts',
    ]);
    expect(sharedNames(engines.slice(1), [parts])).toEqual([expect.stringContaining('nothing needs')]);
    const others: Exception = { what: /^engines\/b\//, why: 'others' };
    expect(sharedNames(engines, [others])[0]).toBe('engines/a/one.ts, engines/b/one.ts: all are called one.ts');
  });
});

test('a folder holds at most a dozen files, those of its folders apart', () => {
  const files = Array.from({ length: 13 }, (_, i) => file(`a/${i}.ts`));
  expect(fullFolders([...files.slice(1), file('a/b/1.ts')], [])).toEqual([]);
  expect(fullFolders(files, [])).toEqual(['a: 13 files, at most 12']);
  expect(fullFolders(files, [{ what: /^a$/, why: 'one each' }])).toEqual([]);
  expect(fullFolders(files.slice(1), [{ what: /^a$/, why: 'one each' }])).toEqual([
    '^a$: an exception (one each) that nothing needs any more',
  ]);
});

test('the checker looks for breaches of every rule', () => {
  const broken = [
    { file: 'masks/mask.ts', text: `function one() {\n${'f();\n'.repeat(400)}}\nf(...[1]);\n` },
    ...Array.from({ length: 13 }, (_, i) => file(`masks/${i}.ts`)),
    file('cells/mask.ts', 100),
  ];
  const found = houseViolations(broken).join('\n');
  for (const said of ['lines, at most 350', 'lines, at most 60', 'a literal', 'all are called', 'at most 12']) {
    expect(found).toContain(said);
  }
  expect(houseViolations([file('a.ts', 100)]).join('\n')).toContain('a median of 100 lines');
});
