import { type Command, InvalidArgumentError, Option } from 'commander';
import { GPU_MODES } from '../engines/gpu/device/modes.ts';
import type { RecurrentLayout } from '../interop/format.ts';

/** Parsers of option values: commander puts the option's name before what they complain about. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least) {
      throw new InvalidArgumentError(`A whole number of at least ${least} was expected.`);
    }
    return value;
  };
}

/** @param below exclusive */
export function numberBetween(above: number, below: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value > above && value < below)) {
      throw new InvalidArgumentError(
        `A number above ${above}${below === Number.POSITIVE_INFINITY ? '' : ` and below ${below}`} was expected.`,
      );
    }
    return value;
  };
}

/** Some of these names, each once, with commas between. */
export function someOf<N extends string>(names: readonly N[]): (text: string) => readonly N[] {
  return (text) => {
    const wanted = [...new Set(text.split(',').map((name) => name.trim()))];
    const found = wanted.flatMap((name) => names.find((known) => known === name) ?? []);
    if (found.length < wanted.length) {
      throw new InvalidArgumentError(`Some of ${names.join(', ')} were expected, with commas between.`);
    }
    return found;
  };
}

/** Names with commas between, each once. */
export function namesOf(text: string): readonly string[] {
  const names = [...new Set(text.split(',').map((name) => name.trim()))];
  if (!names.includes('')) return names;
  throw new InvalidArgumentError('Names were expected, with commas between.');
}

/** One of these words for each of some names: `encoder=embedding,fc=dense`. */
export function byName<V extends string>(values: readonly V[]): (text: string) => Readonly<Record<string, V>> {
  return (text) => {
    const found = new Map<string, V>();
    for (const part of text.split(',')) {
      const [, name = '', word] = /^(.*)=([^=]*)$/s.exec(part.trim()) ?? [];
      const value = values.find((known) => known === word);
      if (value === undefined || found.has(name)) {
        throw new InvalidArgumentError(
          `NAME=${values.join(' or NAME=')} was expected, each name once, with commas between.`,
        );
      }
      found.set(name, value);
    }
    return Object.fromEntries(found);
  };
}

/** What a file of another program does not say. */
export function addLayersOptions(command: Command): Command {
  return command
    .option('--at <key>', "where a PyTorch checkpoint has its tensors, such as 'ema'; the usual places when left out")
    .option(
      '--kinds <list>',
      'what matrices without a bias are, such as encoder=embedding,fc=dense',
      byName(['embedding', 'dense']),
    )
    .option(
      '--activations <list>',
      'which RNNs of a state dict are of relu, such as rnn=relu',
      byName(['tanh', 'relu']),
    )
    .option(
      '--layouts <list>',
      "which layers are of Haste, or BasicLSTMCells of TensorFlow 1 with what these add to the forget gate, such as 'a=haste lstm,b=haste gru,c=1'",
      layoutsOf,
    );
}

/** How the weights of some layers lie: words, or the forget bias of a BasicLSTMCell. */
export function layoutsOf(text: string): Readonly<Record<string, RecurrentLayout>> {
  const found = new Map<string, RecurrentLayout>();
  for (const part of text.split(',')) {
    const [, name = '', word = ''] = /^(.*)=([^=]*)$/s.exec(part.trim()) ?? [];
    const forgetBias = word.trim() === '' ? Number.NaN : Number(word);
    const layout = (['haste lstm', 'haste gru'] as const).find((known) => known === word) ?? { forgetBias };
    if (found.has(name) || (typeof layout !== 'string' && !Number.isFinite(forgetBias))) {
      throw new InvalidArgumentError(
        'NAME=haste lstm, NAME=haste gru, or NAME=NUMBER, the forget bias of a BasicLSTMCell, was expected, each name once, with commas between.',
      );
    }
    found.set(name, layout);
  }
  return Object.fromEntries(found);
}

/** 'balanced', or weights of labels: `spam=3,ham=0.5`. */
export function classWeightOf(text: string): 'balanced' | Readonly<Record<string, number>> {
  if (text.trim() === 'balanced') return 'balanced';
  const weights = new Map<string, number>();
  for (const part of text.split(',')) {
    const [, label = '', number = ''] = /^(.*)=([^=]*)$/s.exec(part) ?? [];
    const weight = Number(number);
    if (
      label === '' ||
      weights.has(label) ||
      number.trim() === '' ||
      !(weight >= 0 && weight < Number.POSITIVE_INFINITY)
    )
      throw new InvalidArgumentError(
        "'balanced' or a number from 0 for each of some labels was expected, such as spam=3,ham=0.5.",
      );
    weights.set(label, weight);
  }
  return Object.fromEntries(weights);
}

/** What `withEngine` takes, and how results are written. */
export function addCommonOptions(command: Command): Command {
  return command
    .addOption(new Option('--engine <name>', 'what the sums run on').default('auto'))
    .option(
      '--mode <mode>',
      `how the engine gpu runs: ${GPU_MODES.join(', ')}; when left out, the best hardware or else webasm`,
    )
    .option(
      '--threads <n>',
      'threads of the engine simd, which change no bit of a result; when left out, one a core, at most 4',
      wholeNumber(1),
    )
    .option(
      '--wide',
      'products of 256 bit on the engine simd, also where V8 was not tried with them; when left out, on Node 24 and 26',
    )
    .option('--no-wide', 'products of 128 bit; the results are the same')
    .option('--json', 'one JSON object a line, for programs', false);
}
