import type { ElementwiseActivation } from '../cells/activations.ts';
import { type CellName, cellConfigOf, cellOf } from '../cells/cells.ts';
import { expectText, optionsOf } from '../checks.ts';
import type { EngineOption } from '../engines/select.ts';
import { recurrent } from '../layers/recurrent/recurrent.ts';
import { mean } from '../masks/plan.ts';
import { expectSites, resolveScheme, type SchemeLike } from '../masks/scheme.ts';
import { parseScheme } from '../masks/schemes/parse.ts';
import { key } from '../random/key.ts';
import type { Nested } from '../tensor/tensor.ts';
import type { Subject, SubjectCall, SubjectWeights } from './subject.ts';
import type { AnySubject } from './verify.ts';

/** What `subjectOf` is told: a recurrent layer of keepgate, and its dropout. */
export interface OwnLayer {
  /** Whose equations it has. */
  readonly cell: CellName;
  /** GRU only: the reset gate after the product, as in PyTorch (the default), or before it. */
  readonly resetAfter?: boolean;
  /** Of what is new in a step, and of what an LSTM lets out of c; 'tanh' when left out. */
  readonly activation?: ElementwiseActivation;
  /** Of the gates of an LSTM or a GRU; 'sigmoid' when left out. */
  readonly recurrentActivation?: ElementwiseActivation;
  /** Both directions, joined; false when left out. */
  readonly bidirectional?: boolean;
  /** What the layer drops. */
  readonly scheme: SchemeLike;
  /** What the report holds the layer against; the scheme when left out. */
  readonly claims?: SchemeLike;
  /** What the report calls it; the cell's name when left out. */
  readonly name?: string;
  /** I, 3 when left out */
  readonly inputSize?: number;
  /** H, 4 when left out */
  readonly hiddenSize?: number;
  /** 'reference' when left out. */
  readonly engine?: EngineOption;
}

/**
 * A layer of keepgate as a subject of the black-box verifier: it is judged by its outputs, as any other.
 * @throws OptionError, RateError or SiteError when an option is not what it can be, or the cell lacks a site
 * @example
 * ```ts
 * import { variational } from 'keepgate';
 * import { subjectOf, verify } from 'keepgate/verify';
 *
 * const scheme = [{ site: 'recurrent', rate: 0.35, scope: 'step' }] as const;
 * const wrong = subjectOf({ cell: 'rnn', scheme, claims: variational({ recurrent: 0.35 }) });
 * const { properties } = await verify(wrong, { runs: 5 });
 * console.log(properties.filter(({ passed }) => !passed).map(({ name }) => name)); // prints: [ 'fixed-in-time' ]
 * ```
 */
export function subjectOf(layer: OwnLayer): Subject {
  const {
    cell,
    resetAfter,
    activation,
    recurrentActivation,
    scheme,
    claims = scheme,
    name = cell,
    inputSize = 3,
    hiddenSize = 4,
    engine = 'reference',
    bidirectional = false,
  } = optionsOf('subjectOf', layer, {
    cell: true,
    resetAfter: true,
    activation: true,
    recurrentActivation: true,
    scheme: true,
    claims: true,
    name: true,
    inputSize: true,
    hiddenSize: true,
    engine: true,
    bidirectional: true,
  });
  // With another cell than a GRU it does not apply, which verify() notes.
  const ofCell = cellConfigOf({ activation, recurrentActivation, resetAfter: cell === 'gru' ? resetAfter : undefined });
  expectText('subjectOf', 'name', name);
  const built = recurrent({ cell, inputSize, hiddenSize, engine, bidirectional, ...ofCell });
  const rules = resolveScheme(scheme);
  expectSites(rules, cell, built.cell.sites);
  return {
    name,
    cell,
    inputSize,
    hiddenSize,
    bidirectional,
    claims,
    ...ofCell,
    ...(resetAfter === undefined ? {} : { resetAfter }),
    setWeights: (weights, reverse) =>
      built.setWeights(
        bidirectional ? { ...suffixed(weights, '_l0'), ...suffixed(reverse, '_l0_reverse') } : { ...weights },
      ),
    async forward(x, { training, seed, lengths }: SubjectCall) {
      const sizes = { batch: x.length, time: x[0]?.length ?? 0 };
      const plan = training ? built.sample(rules, key(seed), sizes) : mean(rules);
      const run = await built.forward(x as Nested, { plan, ...(lengths && { lengths }) });
      run.dispose();
      return run.y.toArray() as number[][][];
    },
  };
}

function suffixed(weights: SubjectWeights, suffix: string): Record<string, Nested> {
  return Object.fromEntries(Object.entries(weights).map(([name, value]) => [name + suffix, value]));
}

const CELLS: readonly Pick<OwnLayer, 'cell' | 'resetAfter'>[] = [
  { cell: 'lstm' },
  { cell: 'gru' },
  { cell: 'gru', resetAfter: false },
  { cell: 'rnn' },
];

/** Every published scheme of a cell, as text. Where a paper names no rate, none is 0.5 and no two are the same. */
export const PUBLISHED: readonly string[] = [
  'naive(input=0.2,output=0.55)',
  'variational(input=0.2,recurrent=0.35)',
  'variational(input=0.2,recurrent=0.35,tied=false)',
  'recurrentDropout(update=0.45)',
  'recurrentDropout(update=0.45,scope=step,scaling=literal)',
  'rnnDrop(memory=0.15)',
  'zoneout(hidden=0.4,scope=step)',
  'zoneout(hidden=0.4,cell=0.3)',
  'zoneout(hidden=0.3,cell=0.3,scope=step,tied=true)',
  'stochasticDepth(hidden=0.4)',
  'weightDrop(recurrent=0.6)',
  'lockedDropout(output=0.55)',
  'gaussian(input=0.2,recurrent=0.35,output=0.55)',
  'concrete(input=0.2,recurrent=0.35,output=0.55)',
  'zaremba2014()',
  'moon2015(memory=0.25)',
  'gal2016()',
  'semeniuta2016()',
  'krueger2017()',
  'merity2017()',
];

/** The schemes that normalised cells are verified with: together they have every site. */
const OF_NORMALISED = [
  'gal2016()',
  'recurrentDropout(update=0.45)+rnnDrop(memory=0.15)',
  'krueger2017()',
  'merity2017()',
];

/**
 * Our cells with every published scheme whose sites they have: each as a layer from outside, then as a cell. Normalised ones are cells
 * alone: what they drop is not to be read from outputs, in which units see each other.
 */
export function publishedSubjects(): readonly AnySubject[] {
  return [...plainSubjects(), ...normalisedSubjects()];
}

function normalisedSubjects(): readonly AnySubject[] {
  return CELLS.flatMap(({ cell, resetAfter }): readonly AnySubject[] => {
    if (cell === 'rnn') return [];
    const built = cellOf(cell, { resetAfter, normalization: 'layer' });
    return OF_NORMALISED.map((text) => {
      const claims = parseScheme(text).filter(({ site }) => built.sites.includes(site));
      return { name: `${built.name} cell, ${text}`, cell: built, claims };
    });
  });
}

function plainSubjects(): readonly AnySubject[] {
  return CELLS.flatMap(({ cell, resetAfter }) => {
    const built = cellOf(cell, { resetAfter });
    return PUBLISHED.flatMap((text): readonly AnySubject[] => {
      const scheme = parseScheme(text);
      if (!scheme.every(({ site }) => built.sites.includes(site))) return [];
      const reset = resetAfter === undefined ? {} : { resetAfter };
      return [
        subjectOf({ cell, scheme, name: `${built.name} layer, ${text}`, ...reset }),
        { name: `${built.name} cell, ${text}`, cell: built, claims: scheme },
      ];
    });
  });
}
