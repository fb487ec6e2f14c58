import { OptionError, show } from '../../errors.ts';
import { resolveScheme, type Scheme } from '../scheme.ts';
import { lockedDropout } from './locked-dropout.ts';
import { naive } from './naive.ts';
import { recurrentDropout } from './recurrent-dropout.ts';
import { rnnDrop } from './rnn-drop.ts';
import { variational } from './variational.ts';
import { weightDrop } from './weight-drop.ts';
import { zoneout } from './zoneout.ts';

/** Every scheme by name, with the options that its text form takes: see {@link parseScheme}. */
export const SCHEMES: Readonly<Record<string, SchemeEntry>> = {
  naive: entry(naive, ['input', 'output']),
  variational: entry(variational, ['input', 'recurrent', 'tied']),
  recurrentDropout: entry(recurrentDropout, ['update', 'scope', 'scaling']),
  rnnDrop: entry(rnnDrop, ['memory', 'scaling']),
  zoneout: entry(zoneout, ['hidden', 'cell', 'scope']),
  weightDrop: entry(weightDrop, ['recurrent']),
  lockedDropout: entry(lockedDropout, ['output']),
};

interface SchemeEntry {
  readonly options: readonly string[];
  build(options: Readonly<Record<string, Option>>): Scheme;
}

type Option = number | boolean | string;

// The scheme checks the values themselves; only their names need checking here.
function entry<O extends object>(build: (options: O) => Scheme, options: readonly (keyof O & string)[]): SchemeEntry {
  return { options, build: (values) => build(values as O) };
}

/**
 * A scheme from text: `variational(input=0.25,recurrent=0.25)+zoneout(hidden=0.05)`, or `none`.
 * @throws OptionError when a name is unknown or the text is not of that form
 */
export function parseScheme(text: string): Scheme {
  if (text.trim() === 'none') return [];
  return resolveScheme(text.split('+').map(parseOne));
}

function parseOne(text: string): Scheme {
  const [, name = '', list = ''] = /^\s*(\w+)\s*\(([^()]*)\)\s*$/.exec(text) ?? [];
  const found = Object.hasOwn(SCHEMES, name) ? SCHEMES[name] : undefined;
  if (!found) {
    throw new OptionError(
      `dropout: 'none' or name(option=value,...) with a name of ${Object.keys(SCHEMES).join(', ')} was expected, joined by '+', but ${show(text)} came`,
    );
  }
  const pairs = list.split(',').map((pair) => pair.split('=').map((part) => part.trim()));
  for (const [option = '', value] of pairs) {
    const twice = pairs.filter(([other]) => other === option).length > 1;
    if (!found.options.includes(option) || twice || value === undefined || value === '') {
      throw new OptionError(
        `dropout: ${name}(option=value,...) with options of ${found.options.join(', ')}, each once, was expected, but ${show(list)} came`,
      );
    }
  }
  return found.build(Object.fromEntries(pairs.map(([option, value = '']) => [option, parseValue(value)])));
}

function parseValue(text: string): Option {
  if (text === 'true' || text === 'false') return text === 'true';
  return Number.isNaN(Number(text)) ? text : Number(text);
}
