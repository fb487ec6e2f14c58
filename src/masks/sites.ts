/** The name of a place in a recurrent cell where dropout can act: see {@link SITES}. */
export type Site = 'input' | 'recurrent' | 'weight' | 'update' | 'memory' | 'zoneCell' | 'zoneHidden' | 'output';

/**
 * The places of a recurrent cell where dropout can act. A mask entry 1 keeps the freshly computed value; 0 drops it:
 * to zero at a multiplying site, to the previous state at a zone site.
 */
export const SITES: Readonly<Record<Site, SiteTraits>> = {
  /** x_t, before the gates' product with W. */
  input: { kind: 'multiplies', width: 'input', untied: true, step: true },
  /** h_{t-1}, before the gates' product with U. The h that is carried is never touched. */
  recurrent: { kind: 'multiplies', width: 'hidden', untied: true, step: true },
  /** Entries of U, drawn once per batch and shared by all samples (DropConnect). */
  weight: { kind: 'multiplies', width: 'hidden', untied: false, step: false },
  /** The LSTM's g, the GRU's n, the RNN's new state. */
  update: { kind: 'multiplies', width: 'hidden', untied: false, step: true },
  /** The LSTM's new c, before o reads it. */
  memory: { kind: 'multiplies', width: 'hidden', untied: false, step: true },
  /** c_t blends with c_{t-1}; h still reads the cell before the blend. */
  zoneCell: { kind: 'zone', width: 'hidden', untied: false, step: true },
  /** h_t blends with h_{t-1}. */
  zoneHidden: { kind: 'zone', width: 'hidden', untied: false, step: true },
  /** What the layer hands on; the carried state is untouched. */
  output: { kind: 'multiplies', width: 'hidden', untied: false, step: true },
};

/** What kind of place a site is. */
export interface SiteTraits {
  readonly kind: 'multiplies' | 'zone';
  /** Which size a mask row has: I or H. */
  readonly width: 'input' | 'hidden';
  /** May have one mask per gate. */
  readonly untied: boolean;
  /** May be drawn anew at each step. */
  readonly step: boolean;
}

export function isSite(name: string): name is Site {
  return Object.hasOwn(SITES, name);
}
