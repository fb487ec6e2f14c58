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

/** Where the host writes the words of a call: there is room for call 0 and for call 1. */
export function callAddress(which: i32): usize {
  return CALLS + ((<usize>(which * WORDS)) << 2);
}

/** The first bytes of the memory: they are not the host's to use. */
export function controlBytes(): usize {
  return callAddress(2) + <usize>(MOST_ROOMS * ROOM_BYTES);
}

/** Of this instance: null until it is needed. */
let room: usize = 0;

/** Room for a tile, which no other thread uses. */
export function tileRoom(): usize {
  if (!room) room = callAddress(2) + <usize>((atomic.add<i32>(ROOMS, 1) & (MOST_ROOMS - 1)) * ROOM_BYTES);
  return room;
}
