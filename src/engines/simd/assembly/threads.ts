import { kernelHeaderWords, perform } from './operations';
import { bandAddress, RUN_WORDS, runAddress, WORDS } from './room';

/**
 * How threads share an operation. Each is an instance of this module over the same memory. The host's thread publishes a
 * call and its number of parts, and goes on to prepare the next; whoever is free takes the next part, the host's thread
 * from the front and others from the back, so that in a loop over time a thread sees the same part of the weights again.
 * Nobody waits for a thread that is late: the host's comes back for what is left, and then waits for the parts that others
 * have begun.
 *
 * Calls on the same few rows, as in a loop over time, need no such meeting: a row of a result depends on the same row of the
 * operands alone. Such calls form a run, and the rows are cut into bands. A thread that is free takes the band that is
 * furthest behind and takes it through the calls that are there, while the host's thread appends more.
 */

/** A call's sequence number, and the parts that nobody took: sequence << 32 | back << 16 | front. */
const TICKET: usize = 64;
const SEQUENCE: usize = TICKET + 4;
/** How many calls of a run are there, and how many bands of rows it has. */
const APPENDED: usize = TICKET + 8;
const BANDS: usize = TICKET + 12;
/** Parts that are done. Apart from the ticket, as are the others, so that they are in cache lines of their own. */
const DONE: usize = 128;
/** How often a band of a run was left by another thread. */
const LEFT: usize = DONE + 4;
const PARTS: usize = 192;
const OPERATION: usize = 196;
/** Where the words of the call are. */
const CALL: usize = 200;
/** Threads that sleep, and whether they are to end. */
const SLEEPING: usize = 256;
const STOPPED: usize = 320;
/** Whether the host's thread sleeps until something is done. */
const WAITING: usize = 324;

/** Calls that a thread does on a band before it looks for one that is further behind. */
const STRIDE: i32 = 8;

/** Looks at the ticket before a thread goes to sleep: about a tenth of a millisecond. */
const LOOKS: i32 = 30000;
/** Looks at what is done before the host is told that it is not. */
const PATIENCE: i32 = 20000;
/** How long the host's thread sleeps at a time while it waits, in nanoseconds. */
const NAP: i64 = 1000000;

/** How many words a kernel may read. */
export function kernelWords(): i32 {
  return WORDS - kernelHeaderWords();
}

/** How many words a kernel in a run may read. */
export function runWords(): i32 {
  return RUN_WORDS - kernelHeaderWords();
}

/**
 * Begin the call whose words are at an address, in 1 to 65535 parts, of which other threads may take some. One part is done
 * at once. No call may be under way: see `takeRemaining`.
 */
export function begin(operation: i32, call: usize, parts: i32): void {
  if (parts === 1) {
    perform(operation, call, 0);
    return;
  }
  store<i32>(OPERATION, operation);
  store<usize>(CALL, call);
  store<i32>(PARTS, parts);
  atomic.store<i32>(DONE, 0);
  const sequence = <i64>(load<i32>(SEQUENCE) + 1);
  atomic.store<i64>(TICKET, (sequence << 32) | ((<i64>parts) << 16));
  if (atomic.load<i32>(SLEEPING)) wakeThreads();
}

/**
 * Do what nobody took of the call that was begun last, and wait for the rest.
 * @returns false when another thread has not finished its part: call `awaitOthers` until it has
 */
export function takeRemaining(): bool {
  while (true) {
    const ticket = atomic.load<i64>(TICKET);
    if (front(ticket) >= back(ticket)) return allDone();
    if (atomic.cmpxchg<i64>(TICKET, ticket, ticket + 1) !== ticket) continue;
    perform(load<i32>(OPERATION), load<usize>(CALL), front(ticket));
    atomic.add<i32>(DONE, 1);
  }
}

/**
 * Wait for the parts that others have begun, about a millisecond. To sleep leaves the core to a thread that needs it; the
 * main thread of a page must not.
 * @returns false when they have not finished them
 */
export function awaitOthers(maySleep: bool): bool {
  if (maySleep) {
    atomic.store<i32>(WAITING, 1);
    const done = atomic.load<i32>(DONE);
    if (done < load<i32>(PARTS)) atomic.wait<i32>(DONE, done, NAP);
    atomic.store<i32>(WAITING, 0);
  }
  return allDone();
}

function allDone(): bool {
  const parts = load<i32>(PARTS);
  for (let i = 0; i < PATIENCE; i++) {
    if (atomic.load<i32>(DONE) === parts) return true;
  }
  return false;
}

/** Open a run over some bands of rows. No call may be under way, and no other run. */
export function openRun(bands: i32): void {
  atomic.store<i32>(APPENDED, 0);
  for (let band = 0; band < bands; band++) reset(bandAddress(band));
  atomic.store<i32>(BANDS, bands);
}

/** Not by a mere store: a thread that slept since an earlier run may have taken the band for a moment. */
function reset(band: usize): void {
  let done: i32;
  do done = atomic.load<i32>(band);
  while (done & 1 || atomic.cmpxchg<i32>(band, done, 0) !== done);
}

/** Append the next call, whose words are there: its parts are the bands. Nothing is done on this thread. */
export function append(operation: i32): void {
  const call = load<i32>(APPENDED);
  store<i32>(runAddress(call) - 4, operation);
  atomic.store<i32>(APPENDED, call + 1);
  // For those that go to sleep at this moment.
  atomic.add<i32>(SEQUENCE, 1);
  if (atomic.load<i32>(SLEEPING)) wakeThreads();
}

/**
 * Take part in the run until all its calls are done, and close it.
 * @returns false when another thread has a band for long: call `awaitRun` until it is true
 */
export function finishRun(): bool {
  for (let looks = 0; looks < PATIENCE; looks++) {
    if (advance()) looks = 0;
    else if (runDone()) {
      atomic.store<i32>(BANDS, 0);
      return true;
    }
  }
  return false;
}

/** Wait for bands that others have, about a millisecond: as `awaitOthers`. @returns as `finishRun` */
export function awaitRun(maySleep: bool): bool {
  if (maySleep) {
    atomic.store<i32>(WAITING, 1);
    const left = atomic.load<i32>(LEFT);
    if (behind() < 0 && !runDone()) atomic.wait<i32>(LEFT, left, NAP);
    atomic.store<i32>(WAITING, 0);
  }
  return finishRun();
}

function runDone(): bool {
  const all = atomic.load<i32>(APPENDED) << 1;
  for (let band = load<i32>(BANDS) - 1; band >= 0; band--) {
    if (atomic.load<i32>(bandAddress(band)) !== all) return false;
  }
  return true;
}

/** The band that is furthest behind of those that nobody has; -1 where there is none. */
function behind(): i32 {
  let least = atomic.load<i32>(APPENDED) << 1;
  let found = -1;
  for (let band = atomic.load<i32>(BANDS) - 1; band >= 0; band--) {
    const done = atomic.load<i32>(bandAddress(band));
    if (done & 1 || done >= least) continue;
    least = done;
    found = band;
  }
  return found;
}

/** Some calls of the run, on one band. @returns false where there was nothing to do */
function advance(): bool {
  const band = behind();
  if (band < 0) return false;
  const address = bandAddress(band);
  const done = atomic.load<i32>(address);
  if (done & 1 || atomic.cmpxchg<i32>(address, done, done | 1) !== done) return true;
  // From here on the run stays open.
  let call = done >> 1;
  const end = min(atomic.load<i32>(APPENDED), call + STRIDE);
  for (; call < end; call++) {
    const words = runAddress(call);
    perform(load<i32>(words - 4), words, band);
  }
  atomic.store<i32>(address, call << 1);
  return true;
}

/** What another thread does until `stop`: take parts of calls. */
export function serve(): void {
  let looks = 0;
  while (true) {
    const ticket = atomic.load<i64>(TICKET);
    if (front(ticket) < back(ticket)) {
      if (atomic.cmpxchg<i64>(TICKET, ticket, ticket - 0x10000) !== ticket) continue;
      // The call stays as it is until all parts that were taken are done.
      perform(load<i32>(OPERATION), load<usize>(CALL), back(ticket) - 1);
      atomic.add<i32>(DONE, 1);
      if (atomic.load<i32>(WAITING)) atomic.notify(DONE, 1);
      looks = 0;
    } else if (advance()) {
      atomic.add<i32>(LEFT, 1);
      if (atomic.load<i32>(WAITING)) atomic.notify(LEFT, 1);
      looks = 0;
    } else if (atomic.load<i32>(STOPPED)) return;
    else if (++looks > LOOKS) {
      atomic.add<i32>(SLEEPING, 1);
      // It returns at once if there was another call in between.
      atomic.wait<i32>(SEQUENCE, <i32>(ticket >> 32), -1);
      atomic.sub<i32>(SLEEPING, 1);
      looks = 0;
    }
  }
}

/** Let the other threads return from `serve`. */
export function stop(): void {
  atomic.store<i32>(STOPPED, 1);
  atomic.add<i32>(SEQUENCE, 1);
  wakeThreads();
}

/** All that sleep in `serve`. */
function wakeThreads(): void {
  atomic.notify(SEQUENCE, -1);
}

function front(ticket: i64): i32 {
  return <i32>(ticket & 0xffff);
}

function back(ticket: i64): i32 {
  return <i32>((ticket >> 16) & 0xffff);
}
