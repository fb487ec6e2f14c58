import type { GiveWay } from '../../engines/give-way.ts';

/** What is at hand of bytes that come in pieces: all that was not passed by yet. */
export class ByteWindow {
  readonly #pieces: AsyncIterator<Uint8Array>;
  readonly #giveWay: GiveWay;
  /** From {@link at} to {@link end} it holds what is at hand. */
  bytes: Uint8Array = new Uint8Array(2 ** 16);
  at = 0;
  end = 0;

  constructor(pieces: AsyncIterable<Uint8Array>, giveWay: GiveWay) {
    this.#pieces = pieces[Symbol.asyncIterator]();
    this.#giveWay = giveWay;
  }

  /** Have another piece at hand. @returns false where there is none left */
  async more(): Promise<boolean> {
    await this.#giveWay.turn();
    const { done, value } = await this.#pieces.next();
    if (done) return false;
    const held = this.end - this.at;
    const needed = held + value.length;
    // Twice what is needed, so that what is held on to is moved seldom where a row is longer than a piece.
    const room = needed <= this.bytes.length ? this.bytes : new Uint8Array(2 * needed);
    room.set(this.bytes.subarray(this.at, this.end));
    room.set(value, held);
    this.bytes = room;
    this.at = 0;
    this.end = needed;
    return true;
  }

  /** Have at least so many bytes at hand. @returns false where there are fewer left */
  async atLeast(count: number): Promise<boolean> {
    while (this.end - this.at < count) if (!(await this.more())) return false;
    return true;
  }

  /** The place of a byte, from {@link at} on; -1 where it is not at hand. */
  placeOf(byte: number): number {
    const place = this.bytes.indexOf(byte, this.at);
    return place < this.end ? place : -1;
  }

  /** Nothing more is asked for: the file is closed. */
  async close(): Promise<void> {
    await this.#pieces.return?.().catch(() => {});
  }
}
