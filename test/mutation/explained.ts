import type { Mutant } from './mutants.ts';

/** Survivors that no test can catch, or none should: they do the same, or what they change is not promised. */
interface Explanation {
  readonly file: RegExp;
  /** What the line that they change has in it. */
  readonly line: string;
  /** What it is that they change, and what stands before that, where the line does not tell. */
  readonly was?: RegExp;
  readonly before?: string;
  readonly becomes: RegExp;
  readonly why: string;
}

const EXPLAINED: readonly Explanation[] = [
  {
    file: /^(cells|sequence)\//,
    line: 'factors: { ',
    becomes: /^1$/,
    why: 'these sites have one mask for all gates, so that the mask of any gate is the same',
  },
  {
    file: /^cells\/(lstm|rnn)\.ts$/,
    line: 'products: [grad.a]',
    becomes: /^\[\]$/,
    why: 'where a cell hands on no gradient by a product, the loop takes that by the input, which is the same here',
  },
  {
    file: /^sequence\/unroll\.ts$/,
    line: "!factors.names.includes('weight')",
    becomes: /^false$/,
    why: 'a weight without a mask is copied: it is only slower',
  },
  {
    file: /^sequence\/unroll\.ts$/,
    line: 'products.every(',
    becomes: /^false$/,
    why: 'the same gradients are put together twice: it is only slower',
  },
  {
    file: /^sequence\/activation-penalty\.ts$/,
    line: 'penalties: [',
    becomes: /^\[\.\.\.\(change.*\(ar > 0/,
    why: 'costs are summed, in whichever order they come',
  },
  {
    file: /^sequence\//,
    line: ' = 0] = ',
    becomes: /^1$/,
    why: 'a sequence has three axes: the compiler wants to be told',
  },
  {
    file: /^sequence\//,
    line: '.shape[',
    before: '?? ',
    becomes: /^1$/,
    why: 'a sequence has three axes: the compiler wants to be told',
  },
  {
    file: /^sequence\//,
    line: '.shape[',
    was: /\.shape\[\d\] \?\? 0$/,
    becomes: /\]$/,
    why: 'a sequence has three axes: the compiler wants to be told',
  },
  {
    file: /^masks\/plan\.ts$/,
    line: 'extents.first?.[name] ?? 0',
    before: '?? ',
    becomes: /^1$/,
    why: 'what is left out is checked as another number that is fine',
  },
  {
    file: /^masks\/plan\.ts$/,
    line: '    0,',
    becomes: /^1$/,
    why: 'given masks have rates that are numbers, the same after any number of updates',
  },
  {
    file: /^masks\/plan\.ts$/,
    line: 'name in from',
    becomes: /^true$/,
    why: 'an option that is undefined has its default, as one that is left out',
  },
  {
    file: /^masks\/scheme\.ts$/,
    line: "typeof rate === 'object' && neverBegins(rate)",
    becomes: /^neverBegins\(rate\)$/,
    why: 'a number has no schedule: the compiler wants to be told',
  },
  {
    file: /^masks\/schemes\/parse\.ts$/,
    line: "?? { name: '', list: '' }",
    becomes: /^'_'$/,
    why: 'a name that no scheme has is refused, whichever it is',
  },
  {
    file: /^masks\/schemes\/parse\.ts$/,
    line: "option = ''",
    becomes: /^'_'$/,
    why: 'a name that no option has is refused, whichever it is',
  },
  {
    file: /^masks\/sites\.ts$/,
    line: "shares: ['batch', 'unit']",
    becomes: /^\['unit', 'batch'\]$/,
    why: 'the order is read in an error alone',
  },
  {
    file: /^sequence\/activation-penalty\.ts$/,
    line: 'ar > 0 ? addTimes(',
    becomes: /^(\(ar >= 0\)|true)$/,
    why: 'a cost of 0 adds a gradient of 0: it is only slower',
  },
  {
    file: /^masks\/sites\.ts$/,
    line: "distributions: ['bernoulli', 'gaussian', 'concrete']",
    becomes: /^\['concrete', 'gaussian', 'bernoulli'\]$/,
    why: 'the order is read in an error alone, of which a site that takes all three has none',
  },
  {
    file: /^random\/draws\.ts$/,
    line: 'new Uint32Array(count +',
    becomes: /^(0|\(count \| 1\))$/,
    why: 'too long an array is filled in vain; of too short a one the last word is not written, and nobody reads that',
  },
  {
    file: /^random\/threefry\.ts$/,
    line: 'const pair = new Uint32Array(2)',
    becomes: /^3$/,
    why: 'a third word is made that nobody reads',
  },
  {
    file: /^random\/threefry\.ts$/,
    line: 'at < words.length',
    becomes: /<=/,
    why: 'one pair too many is made, past the end of the array, where nothing is written',
  },
  {
    file: /^masks\/mask\.ts$/,
    line: 'gate < sizes.gate',
    becomes: /<=/,
    why: 'one gate too many is drawn, past the end of the array, where nothing is written',
  },
  {
    file: /^masks\/join\.ts$/,
    line: 'masks[0] as Mask',
    becomes: /^1$/,
    why: 'what is read off the first mask is the same for all masks of a site',
  },
  {
    file: /^masks\/plan\.ts$/,
    line: 'for (const name of [',
    becomes: /^\[('gates'.*'batch'|'step', 'sample')\]$/,
    why: 'of several sizes that are wrong any may be named first',
  },
  {
    file: /^masks\/(scheme|distribution)\.ts$/,
    line: 'typeof ',
    becomes: /^(rate > 0|distribution === null)$/,
    why: 'what is of another type fails the test beside it as well: the compiler wants to be told',
  },
  {
    file: /^masks\/schemes\/parse\.ts$/,
    line: 'name === undefined || list === undefined',
    becomes: /^(name|list) === undefined$|&&/,
    why: 'a match has both parts, and no match has none: the compiler wants to be told',
  },
  {
    file: /^random\/draws\.ts$/,
    line: 'for (let i = count - 1; i > 0; i--)',
    becomes: />=/,
    why: 'the first place changes places with itself',
  },
  {
    file: /^text\/readers\/table-rows\.ts$/,
    line: 'record_delimiter: [',
    becomes: /^\['\\n', '\\r'\]$/,
    why: 'both ends of a line in one are two then, with a blank line between them, which holds nothing',
  },
  {
    file: /^text\/seen-texts\.ts$/,
    line: 'Math.imul(',
    becomes: /Math\.imul\(| \| |\d{9}/,
    why: 'another hash, which tells as many texts apart as a test has',
  },
  {
    file: /^text\/seen-texts\.ts$/,
    line: 'new Uint32Array(1024)',
    becomes: /^1025$/,
    why: 'they grow otherwise',
  },
  {
    file: /^interop\/folder\/look\.ts$/,
    line: 'export const WAITS',
    becomes: /./,
    why: 'how long a wait is, is not promised',
  },
  {
    file: /^train\/examples\/samples\.ts$/,
    line: 'sample.shape.length === 2 ?',
    becomes: /^true$/,
    why: 'a tensor of one axis has no second, and one of three is refused either way',
  },
  {
    file: /^(train|layers)\//,
    line: '.shape.at(-1) ?? ',
    becomes: /^[\w.]+\.shape\.at\(-1\)$|^[012]$/,
    why: 'rows have an axis: the compiler wants to be told',
  },
  {
    file: /^layers\/orthonormalise\.ts$/,
    line: 'const pages = ',
    becomes: /\* 2 \*\* 16/,
    why: 'with more memory it is the same, and without any the plain loops give the same bits: it is only slower',
  },
  {
    file: /^layers\/orthonormalise\.ts$/,
    line: "if (takes) address(q).do('v128.load')",
    becomes: /^true$/,
    why: 'a number is read that nobody uses',
  },
  {
    file: /^layers\/initialise\.ts$/,
    line: 'const PART = 2 ** 16',
    becomes: /^(\(2 \* 16\)|3|17)$/,
    why: 'parts of another size have the same numbers',
  },
  {
    file: /^interop\/folder\/roll-forward\.ts$/,
    line: "const name = one?.name ?? '';",
    becomes: /./,
    why: 'all of these have been read as names of this save: the compiler wants to be told',
  },
  {
    file: /^(layers|train|text|interop)\//,
    line: 'partsOf<',
    before: '>(',
    becomes: /_'$/,
    why: 'it tells on whose behalf an error complains',
  },
  {
    file: /^interop\/folder\/roll-forward\.ts$/,
    line: 'if (isMissing(error)) return false;',
    becomes: /^true$/,
    why: 'a file that is gone is moved in vain',
  },
];

/** Why a mutant survives, where that is known. @param text its file */
export function explanationOf({ file, line, start, was, becomes }: Mutant, text: string): string | undefined {
  const changed = text.split('\n')[line - 1] ?? '';
  const fits = (one: Explanation): boolean =>
    one.file.test(file) &&
    changed.includes(one.line) &&
    one.becomes.test(becomes) &&
    (one.was?.test(was) ?? true) &&
    text.slice(0, start).endsWith(one.before ?? '');
  return EXPLAINED.find(fits)?.why;
}
