import { isSite } from '../../../masks/sites.ts';
import type { SubjectCall } from '../../subject.ts';
import { type Contradiction, decode, type Reading, SAME_FACTOR } from '../decoding/decode-masks.ts';
import { type Decoder, decoderOf, simulate } from '../decoding/decoder.ts';
import type { Hypothesis, Place } from '../decoding/hypothesis.ts';
import { type Probe, readingOrder } from './layouts.ts';

/** A probe, and the outputs of the subject in training. */
export interface Call {
  readonly probe: Probe;
  readonly seed: SubjectCall['seed'];
  /** T, padding included */
  readonly time: number;
  /** Whether samples end before T. */
  readonly padded: boolean;
  /** The number of the first sample in `y`; 0 when left out. */
  readonly first?: number;
  /** [B][T][H], each sample as far as it is valid */
  readonly y: readonly (readonly (readonly number[])[])[];
}

/** One entry of a mask, as one unit shows it. */
export interface Entry {
  /** The number of the call. */
  readonly call: number;
  /** The gate that it enters; -1 at a site of the unit itself. */
  readonly gate: number;
  /** Where it stands in the mask's row: the input, or the unit of the state. */
  readonly unit: number;
  /** The unit that reads it; 0 at a site of the unit itself. */
  readonly row: number;
  readonly sample: number;
  readonly time: number;
  /** B and T of the call. */
  readonly batch: number;
  readonly steps: number;
  readonly value: number;
}

/** An entry as it was read. */
export interface ReadEntry extends Entry {
  /** Whether it would be known just as well if the mask were the other way, so that counting it is fair. */
  fair(scope: 'sequence' | 'step'): boolean;
}

/** Where outputs of a subject contradict a hypothesis. */
export interface Failure extends Contradiction {
  readonly call: Call;
  readonly sample: number;
  readonly unit: number;
}

/** What a hypothesis makes of calls that it does not contradict. */
export interface Readings {
  readonly kind: 'readings';
  /** By place, the entries of its mask that can be read. */
  readonly entries: ReadonlyMap<Place, readonly ReadEntry[]>;
  /** The share of units of which nothing can be said, as too much could explain them. */
  readonly unread: number;
}

/** Read every mask from these calls; or find the first contradiction. */
export function readCalls(calls: readonly Call[], hypothesis: Hypothesis): Readings | Failure {
  const entries = new Map<Place, ReadEntry[]>([...hypothesis.places.keys()].map((place) => [place, []]));
  let [units, unread] = [0, 0];
  for (const [number, call] of calls.entries()) {
    const { kind, programs } = call.probe;
    const order = readingOrder(programs);
    const decoders = programs.map((program, unit) => decoderOf(kind, unit, program, hypothesis));
    for (const [sample, rows] of call.y.entries()) {
      const h: (readonly number[])[] = [];
      for (const unit of order) {
        const decoder = decoders[unit] as Decoder;
        const entering = rows.map((_, t) => enter(call.probe, decoder, h, (call.first ?? 0) + sample, t));
        const y = rows.map((row) => row[unit] as number);
        const decoded = decode(decoder, entering, y);
        if (decoded.kind === 'contradiction') return { ...decoded, call, sample, unit };
        const found = decoded.kind === 'decoded' ? decoded.steps : [];
        h[unit] = found.map((step) => step.h);
        units += 1;
        if (decoded.kind === 'decoded') {
          const from = { call: number, sample, batch: call.y.length, steps: call.time };
          collect(entries, { decoder, entering, found }, from);
        }
        if (decoded.kind === 'unreadable' || hidesFree(decoder, found)) unread += 1;
      }
    }
  }
  return { kind: 'readings', entries, unread: unread / units };
}

/** Whether a site's factor may be any number and is never known: then it could explain any output, and explains none. */
function hidesFree({ slots }: Decoder, found: readonly Reading[]): boolean {
  return slots.some(
    ({ place, values }, n) => values === null && isSite(place) && found.every(({ unsure }) => unsure[n]),
  );
}

/** The values that the routes of a unit read at a step; NaN where they are not known. */
function enter(
  { x }: Probe,
  { unit, program }: Decoder,
  h: readonly (readonly number[])[],
  sample: number,
  t: number,
): number[] {
  return program.routes.map(({ from, source }) => {
    if (from === 'input') return x[sample]?.[t]?.[source] as number;
    // What a unit reads of itself is known when it is decoded.
    if (source === unit || t === 0) return 0;
    return h[source]?.[t - 1] ?? Number.NaN;
  });
}

/** What was read from one unit for one sample. */
interface UnitReading {
  readonly decoder: Decoder;
  readonly entering: readonly (readonly number[])[];
  readonly found: readonly Reading[];
}

function collect(
  entries: Map<Place, ReadEntry[]>,
  reading: UnitReading,
  { call, sample, batch, steps }: Pick<Entry, 'call' | 'sample' | 'batch' | 'steps'>,
): void {
  const { decoder, found } = reading;
  for (const [slot, { place, route }] of decoder.slots.entries()) {
    const { gate, source } = decoder.program.routes[route] ?? { gate: -1, source: decoder.unit };
    let always: readonly Reading[] | undefined;
    for (const [time, { factors, unsure }] of found.entries()) {
      if (unsure[slot]) continue;
      const value = factors[slot] as number;
      const fair: ReadEntry['fair'] = (scope) => {
        if (scope === 'sequence') always ??= readFlipped(reading, slot, value, () => true);
        const again = (scope === 'sequence' ? always : readFlipped(reading, slot, value, (t) => t === time))?.[time];
        return again?.unsure[slot] === false && Math.abs((again.factors[slot] as number) - value) > SAME_FACTOR;
      };
      // A mask of the unit itself has no reader.
      const row = route < 0 ? 0 : decoder.unit;
      entries.get(place)?.push({ call, gate, unit: source, row, sample, time, batch, steps, value, fair });
    }
  }
}

/**
 * What would be read if a mask were the other way at some steps, with all others as they are: entries that are only
 * known when they are of one kind would bias every count.
 */
function readFlipped(
  { decoder, entering, found }: UnitReading,
  slot: number,
  value: number,
  at: (t: number) => boolean,
): readonly Reading[] {
  const isDrop = Math.abs(value) < SAME_FACTOR;
  // Places that have one mask are dropped and kept together.
  const turned = [slot, ...decoder.linked.flatMap((pair) => (pair.includes(slot) ? pair : []))];
  const flip = (factors: readonly number[]): readonly number[] =>
    factors.map((factor, n) => (turned.includes(n) ? (isDrop ? (decoder.slots[n]?.values?.[0] ?? 1) : 0) : factor));
  const flipped = found.map(({ factors }, t) => (at(t) ? flip(factors) : factors));
  const again = decode(decoder, entering.slice(0, found.length), simulate(decoder, entering, flipped));
  return again.kind === 'decoded' ? again.steps : [];
}
