import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseAst } from 'vitest/node';
import { mutantsOf, mutated } from './mutants.ts';

function changesOf(text: string): string[] {
  return mutantsOf('a.ts', text).map((mutant) => mutated(text, mutant));
}

describe('the mutants of a text', () => {
  test.each([
    ['x = a < 1;', [';', 'x = (a <= 1);', 'x = (a >= 1);', 'x = a < 0;']],
    [
      'const x = 1 - rate;',
      ['const x = (1 + rate);', 'const x = rate;', 'const x = 0 - rate;', 'const x = 1 - (1 - rate);'],
    ],
    ['const x = sub(a, b);', ['const x = a;', 'const x = add(a, b);', 'const x = sub(b, a);']],
    [
      'const x = blend(k, a, b);',
      ['const x = a;', 'const x = b;', 'const x = blend(a, k, b);', 'const x = blend(k, b, a);'],
    ],
    [
      "const x = ['step', y];",
      ["const x = [y, 'step'];", 'const x = [y];', "const x = ['step'];", "const x = ['sequence', y];"],
    ],
    ['const x = a && !b;', ['const x = a;', 'const x = !b;', 'const x = (a || !b);', 'const x = a && b;']],
    ['const x = { ...a, b };', ['const x = {  b };', 'const x = { ...a,  };']],
    ['const x = y.toString(a, b);', ['const x = y.toString(b, a);']],
    ["const x = 'constructor';", ["const x = 'constructor_';"]],
    ['const x = a?.b ?? c;', ['const x = a?.b;', 'const x = c;', 'const x = a.b ?? c;']],
  ])('%s', (text, wanted) => {
    expect(changesOf(text).toSorted()).toEqual(wanted.toSorted());
  });

  test('leave alone types, imports, and what is said to people', () => {
    expect(changesOf("import { a } from './a.ts';")).toEqual([]);
    expect(changesOf("export type A = 'step' | 1;")).toEqual([]);
    expect(changesOf('function f(): never { throw new Error("came"); }')).toEqual([]);
    expect(changesOf("const x = kernel({ name: 'a', inputs: { x: ['x'] } });")).toEqual([]);
    expect(changesOf("const x = 'some words';")).toEqual([]);
    expect(changesOf("const { a } = optionsOf('who', given, { a: true });")).toEqual([]);
    expect(changesOf('const A: OptionNames<B> = { a: true };')).toEqual([]);
  });

  test.each(['cells/rnn.ts', 'masks/schemes/papers.ts', 'masks/join-plans.ts'])('can be parsed: %s', (file) => {
    const text = readFileSync(new URL(`../../src/${file}`, import.meta.url), 'utf8');
    const texts = mutantsOf(file, text).map((mutant) => mutated(text, mutant));
    expect(texts.length).toBeGreaterThan(20);
    for (const changed of texts) expect(() => parseAst(changed, { lang: 'ts' })).not.toThrow();
  });
});
