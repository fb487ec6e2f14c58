import { OptionError, show } from '../../errors.ts';
import { annealed, curriculum, type RateSchedule } from '../dropout-rate.ts';
import { resolveScheme, type Scheme, sharedAcrossBatch, sharedAcrossLayers } from '../scheme.ts';
import { concrete } from './concrete.ts';
import { embeddingRowDropout } from './embedding-row-dropout.ts';
import { gaussian } from './gaussian.ts';
import { lockedDropout } from './locked-dropout.ts';
import { naive } from './naive.ts';
import { gal2016, krueger2017, merity2017, moon2015, semeniuta2016, zaremba2014 } from './papers.ts';
import { recurrentDropout } from './recurrent-dropout.ts';
import { rnnDrop } from './rnn-drop.ts';
import { stochasticDepth } from './stochastic-depth.ts';
import { tokenDropout } from './token-dropout.ts';
import { unknownDropout } from './unknown-dropout.ts';
import { variational } from './variational.ts';
import { weightDrop } from './weight-drop.ts';
import { wordTypeDropout } from './word-type-dropout.ts';
import { zoneout } from './zoneout.ts';

/** Every scheme by name, with the options that its text form takes: see {@link parseScheme}. */
export const SCHEMES: Readonly<Record<string, SchemeEntry>> = {
  naive: entry(naive, ['input', 'output']),
  variational: entry(variational, ['input', 'recurrent', 'tied']),
  recurrentDropout: entry(recurrentDropout, ['update', 'scope', 'scaling']),
  rnnDrop: entry(rnnDrop, ['memory', 'scaling']),
  zoneout: entry(zoneout, ['hidden', 'cell', 'scope', 'tied']),
  stochasticDepth: entry(stochasticDepth, ['hidden', 'cell', 'tied']),
  weightDrop: entry(weightDrop, ['recurrent']),
  lockedDropout: entry(lockedDropout, ['output']),
  gaussian: entry(gaussian, ['input', 'recurrent', 'output', 'scope', 'tied']),
  concrete: entry(concrete, ['input', 'recurrent', 'output', 'temperature', 'weightRegularizer', 'dropoutRegularizer']),
  wordTypeDropout: entry(wordTypeDropout, ['rate']),
  embeddingRowDropout: entry(embeddingRowDropout, ['rate']),
  tokenDropout: entry(tokenDropout, ['rate']),
  unknownDropout: entry(unknownDropout, ['rate']),
  zaremba2014: paper(zaremba2014, ['input', 'output']),
  moon2015: entry(moon2015, ['memory']),
  gal2016: paper(gal2016, ['input', 'recurrent', 'output']),
  semeniuta2016: paper(semeniuta2016, ['update', 'scope']),
  krueger2017: paper(krueger2017, ['hidden', 'cell']),
  merity2017: paper(merity2017, ['recurrent', 'input', 'output']),
};

/** What a rate can be in place of a number: `curriculum(0.5)`, `annealed(0.5,gamma=0.01)`. */
const SCHEDULES: Readonly<Record<string, typeof curriculum>> = { curriculum, annealed };

interface SchemeEntry {
  readonly options: readonly string[];
  /** Whether it needs no option. */
  readonly hasDefaults: boolean;
  build(options: Readonly<Record<string, Option>>): Scheme;
}

type Option = number | boolean | string | RateSchedule;

// The scheme checks the values themselves; only their names need checking here.
function entry<O extends object>(build: (options: O) => Scheme, options: readonly (keyof O & string)[]): SchemeEntry {
  return { options, hasDefaults: false, build: (values) => build(values as O) };
}

function paper<O extends object>(build: (options?: O) => Scheme, options: readonly (keyof O & string)[]): SchemeEntry {
  return { ...entry(build, options), hasDefaults: true };
}

/**
 * A scheme from text: `variational(input=0.25,recurrent=0.25)+zoneout(hidden=0.05)`, or `none`. A rate can be a
 * schedule, `naive(input=curriculum(0.5))`, and a scheme can be shared, `sharedAcrossBatch(variational(input=0.25))`,
 * by the samples of a batch or by the layers of a stack (`sharedAcrossLayers`).
 * @throws OptionError when a name is unknown or the text is not of that form
 * @throws RateError or SiteError when a rate or a site of it is not what it can be
 * @example
 * ```ts
 * import { parseScheme } from 'keepgate';
 *
 * const scheme = parseScheme('variational(input=0.25,recurrent=0.25)+zoneout(hidden=0.05,scope=step)');
 * console.log(scheme.map(({ site, rate }) => `${site} ${rate}`));
 * // prints: [ 'input 0.25', 'recurrent 0.25', 'zoneHidden 0.05' ]
 * console.log(parseScheme('none')); // prints: []
 * ```
 */
export function parseScheme(text: string): Scheme {
  if (typeof text !== 'string') {
    throw new OptionError(`dropout: a text such as 'variational(input=0.25)' was expected, but ${show(text)} came`);
  }
  return text.trim() === 'none' ? [] : resolveScheme(parseSum(text));
}

function parseSum(text: string): Scheme {
  return splitOutside(text, '+').flatMap(parseOne);
}

function parseOne(text: string): Scheme {
  const { name, list } = parseCall(text) ?? { name: '', list: '' };
  if (name === 'sharedAcrossBatch') return sharedAcrossBatch(parseSum(list));
  if (name === 'sharedAcrossLayers') return sharedAcrossLayers(parseSum(list));
  const found = Object.hasOwn(SCHEMES, name) ? SCHEMES[name] : undefined;
  if (!found) {
    throw new OptionError(
      `dropout: 'none' or name(option=value,...) with a name of ${Object.keys(SCHEMES).join(', ')} was expected, joined by '+', but ${show(text)} came`,
    );
  }
  if (found.hasDefaults && list.trim() === '') return found.build({});
  const pairs = splitOutside(list, ',').map((pair) => {
    const [, option = '', value] = /^\s*(\w*)\s*(?:=(.*))?$/.exec(pair) ?? [];
    return { option, value: value === undefined ? undefined : parseValue(value.trim()) };
  });
  for (const { option, value } of pairs) {
    const twice = pairs.filter((other) => other.option === option).length > 1;
    if (!found.options.includes(option) || twice || value === undefined) {
      throw new OptionError(
        `dropout: ${name}(option=value,...) with options of ${found.options.join(', ')}, each once, was expected, but ${show(list)} came`,
      );
    }
  }
  return found.build(Object.fromEntries(pairs.map(({ option, value }) => [option, value as Option])));
}

/** A word, a number or a schedule; nothing where it is none of them. */
function parseValue(text: string): Option | undefined {
  const call = parseCall(text);
  if (call) return parseSchedule(call);
  if (!/^[^\s()=,]+$/.test(text)) return undefined;
  if (text === 'true' || text === 'false') return text === 'true';
  return Number.isNaN(Number(text)) ? text : Number(text);
}

function parseSchedule({ name, list }: { readonly name: string; readonly list: string }): RateSchedule | undefined {
  const build = Object.hasOwn(SCHEDULES, name) ? SCHEDULES[name] : undefined;
  const [, rate, gamma] = /^\s*([^\s,=]+)\s*(?:,\s*gamma\s*=\s*([^\s,=]+)\s*)?$/.exec(list) ?? [];
  if (!build || rate === undefined) return undefined;
  return build(Number(rate), gamma === undefined ? {} : { gamma: Number(gamma) });
}

/** The parts of `name(list)`. */
function parseCall(text: string): { readonly name: string; readonly list: string } | undefined {
  const [, name, list] = /^\s*(\w+)\s*\((.*)\)\s*$/.exec(text) ?? [];
  return name === undefined || list === undefined ? undefined : { name, list };
}

/** The parts of a text between separators that stand outside of all brackets. */
function splitOutside(text: string, separator: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const character of text) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (character === separator && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}
