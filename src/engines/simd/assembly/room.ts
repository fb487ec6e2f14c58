/**
 * The first bytes of the memory, which are not the host's: what threads share their work by (see threads.ts), and room for each of them
 * alone.
 */

/** The words of two calls: one that threads are at work on, and the next. */
const CALLS: usize = 384;
/** How many words a call may have. */
export const WORDS: i32 = 512;

/** Instances over this memory that have room of their own. */
const ROOMS: usize = 328;
/** As many as there can be threads. */
const MOST_ROOMS: i32 = 64;
/** A tile of six rows of sixteen columns. */
const ROOM_BYTES: i32 = 384;

/** Behind the rooms, for each band of a run, in a cache line of its own: how far it is, see threads.ts. */
const FIRST_BAND: usize = CALLS + <usize>(2 * 4 * WORDS + MOST_ROOMS * ROOM_BYTES);
const BAND_BYTES: i32 = 64;
const MOST_BANDS: i32 = 32;
/** Behind these, the calls of a run: the operation of each, and its words. */
const RUN: usize = FIRST_BAND + <usize>(MOST_BANDS * BAND_BYTES);
const MOST_CALLS: i32 = 512;
/** How many words a call of a run may have. */
export const RUN_WORDS: i32 = 96;

/** Where the host writes the words of a call: there is room for call 0 and for call 1. */
export function callAddress(which: i32): usize {
  return CALLS + ((<usize>(which * WORDS)) << 2);
}

/** The first bytes of the memory: they are not the host's to use. */
export function controlBytes(): usize {
  return runAddress(MOST_CALLS);
}

/** Where the host writes the words of a call of a run. The word before them is its operation. */
export function runAddress(call: i32): usize {
  return RUN + ((<usize>(call * (RUN_WORDS + 1) + 1)) << 2);
}

/** How many calls a run may have. */
export function mostCalls(): i32 {
  return MOST_CALLS;
}

/** How many bands a run may have. */
export function mostBands(): i32 {
  return MOST_BANDS;
}

export function bandAddress(band: i32): usize {
  return FIRST_BAND + <usize>(band * BAND_BYTES);
}

/** Of this instance: null until it is needed. */
let room: usize = 0;

/** Room for a tile, which no other thread uses. */
export function tileRoom(): usize {
  if (!room) room = callAddress(2) + <usize>((atomic.add<i32>(ROOMS, 1) & (MOST_ROOMS - 1)) * ROOM_BYTES);
  return room;
}
