/** The name of a place where dropout can act: see {@link SITES}. */
export type Site = CellSite | EmbeddingSite;

/** The places of a recurrent cell. */
export type CellSite = 'input' | 'recurrent' | 'weight' | 'update' | 'memory' | 'zoneCell' | 'zoneHidden' | 'output';

/** The places of an embedding layer. */
export type EmbeddingSite = 'wordType' | 'embeddingRow' | 'token' | 'unknown';

/** One mask for all timesteps ('sequence'), or a new one at each step ('step'). */
export type Scope = 'sequence' | 'step';

/** 'inverted': training m / (1 - p), evaluation 1. 'literal': training m, evaluation 1 - p. 'none': training m, evaluation 1. */
export type Scaling = 'inverted' | 'literal' | 'none';

/** Along what one entry serves all: all samples of the batch, all units of a row, or all layers of a stack. */
export type SharedAxis = 'batch' | 'unit' | 'layer';

/** The name of what the entries of a mask are drawn from: see `Distribution`. */
export type DistributionName = 'bernoulli' | 'gaussian' | 'concrete';

/** What kind of place a site is. Of each list the first is the default. */
export interface SiteTraits {
  /** A cell has it, or an embedding layer. */
  readonly of: 'cell' | 'embedding';
  /** What a dropped entry becomes: zero, the state of the step before, or another token. */
  readonly kind: 'multiplies' | 'zone' | 'replaces';
  /** Which size a mask row has: I, H, or 1. */
  readonly width: 'input' | 'hidden' | 'one';
  /** May have one mask per gate. */
  readonly untied: boolean;
  /** An entry belongs to a word type, so that a mask depends on the token ids. */
  readonly ofWordTypes: boolean;
  /** An entry belongs to a recurrent weight: the mask is [G*H,H]. */
  readonly ofWeights: boolean;
  /** All samples of a batch have one mask by nature. */
  readonly perBatch: boolean;
  readonly scopes: readonly [Scope, ...Scope[]];
  /** When it is drawn, where there is one scope only: why that is so. */
  readonly drawn?: 'once per batch' | 'for each token';
  readonly scalings: readonly [Scaling, ...Scaling[]];
  /** Along which axes it can be shared and is not by nature. */
  readonly shares: readonly SharedAxis[];
  readonly distributions: readonly [DistributionName, ...DistributionName[]];
}

const CELL: SiteTraits = {
  of: 'cell',
  kind: 'multiplies',
  width: 'hidden',
  untied: false,
  ofWordTypes: false,
  ofWeights: false,
  perBatch: false,
  scopes: ['sequence', 'step'],
  scalings: ['inverted', 'literal', 'none'],
  shares: ['batch', 'unit', 'layer'],
  distributions: ['bernoulli', 'gaussian'],
};

const ZONE: SiteTraits = { ...CELL, kind: 'zone', distributions: ['bernoulli'] };

/** Where the rate can be learned: see `concrete`. */
const LEARNABLE: Pick<SiteTraits, 'distributions'> = { distributions: ['bernoulli', 'gaussian', 'concrete'] };

const WORD_TYPES: SiteTraits = {
  ...CELL,
  of: 'embedding',
  width: 'one',
  ofWordTypes: true,
  scopes: ['sequence'],
  drawn: 'once per batch',
  shares: ['batch'],
  distributions: ['bernoulli'],
};

const TOKENS: SiteTraits = { ...WORD_TYPES, ofWordTypes: false, scopes: ['step'], drawn: 'for each token' };

/**
 * The places where dropout can act. A mask entry 1 keeps the freshly computed value; 0 drops it: to zero at a multiplying
 * site, to the previous state at a zone site, to the unknown token at the one that replaces.
 */
export const SITES: Readonly<Record<Site, SiteTraits>> = {
  /** x_t, before the gates' product with W. */
  input: { ...CELL, ...LEARNABLE, width: 'input', untied: true },
  /** h_{t-1}, before the gates' product with U. The h that is carried is never touched. */
  recurrent: { ...CELL, ...LEARNABLE, untied: true },
  /** Entries of U, drawn once per batch and shared by all samples (DropConnect). */
  weight: {
    ...CELL,
    ofWeights: true,
    perBatch: true,
    scopes: ['sequence'],
    drawn: 'once per batch',
    shares: ['unit', 'layer'],
  },
  /** The LSTM's g, the GRU's n, the RNN's new state. */
  update: CELL,
  /** The LSTM's new c, before o reads it. */
  memory: CELL,
  /** c_t blends with c_{t-1}; h still reads the cell before the blend. */
  zoneCell: ZONE,
  /** h_t blends with h_{t-1}. */
  zoneHidden: ZONE,
  /** What the layer hands on; the carried state is untouched. */
  output: { ...CELL, ...LEARNABLE },
  /** A token's vector: one entry for each sample and word type, wherever in the sample the word stands. */
  wordType: WORD_TYPES,
  /** A row of the embedding's table: one entry for each word type, for all samples. */
  embeddingRow: { ...WORD_TYPES, perBatch: true, shares: [] },
  /** A token's vector: one entry for each sample and step. */
  token: { ...TOKENS, scalings: ['none', 'inverted', 'literal'] },
  /** A token's id, for each sample and step, which becomes that of the unknown word. */
  unknown: { ...TOKENS, kind: 'replaces', scalings: ['none'] },
};

/**
 * Whether a name is that of a place where dropout can act: see {@link SITES}.
 * @example
 * ```ts
 * import { isSite } from 'keepgate';
 *
 * console.log(isSite('recurrent'), isSite('forget')); // prints: true false
 * ```
 */
export function isSite(name: string): name is Site {
  return typeof name === 'string' && Object.hasOwn(SITES, name);
}
