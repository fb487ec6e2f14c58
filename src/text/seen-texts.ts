/**
 * Which texts came before, by 64 bits of each: 20 bytes a text or so, where the texts themselves would be most of the
 * memory, and a Map holds no more than 16 million of them.
 */
export class SeenTexts {
  /** By slot: the number of a text from 1, and 0 where there is none. At least half of them are free. */
  #slots = new Uint32Array(1024);
  /** By text: two words of its hash. */
  #words = new Uint32Array(1024);
  #count = 0;

  /**
   * The number of the first text that is equal, from 0; if there is none, this one is remembered.
   * @param isEqual is asked where the hashes are equal: whether what is kept of that text says otherwise
   */
  firstOf(text: string, isEqual: (number: number) => boolean): number | undefined {
    const hash = hashOf(text);
    const { number, slot } = this.#find(hash, isEqual);
    if (number === undefined) this.#remember(slot, ...hash);
    return number;
  }

  /** The same of a text that is only looked for, by its hash alone. */
  find(text: string): number | undefined {
    return this.#find(hashOf(text), () => true).number;
  }

  /** The text that is equal, or else the slot for it. */
  #find([high, low]: readonly [number, number], isEqual: (number: number) => boolean) {
    let slot = this.#slotOf(high);
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & (this.#slots.length - 1)) {
      const number = (this.#slots[slot] as number) - 1;
      const isSame = this.#words[2 * number] === high && this.#words[2 * number + 1] === low;
      if (isSame && isEqual(number)) return { number, slot };
    }
    return { number: undefined, slot };
  }

  #remember(slot: number, high: number, low: number): void {
    if (2 * this.#count === this.#words.length) {
      const words = new Uint32Array(2 * this.#words.length);
      words.set(this.#words);
      this.#words = words;
    }
    this.#words[2 * this.#count] = high;
    this.#words[2 * this.#count + 1] = low;
    this.#count += 1;
    this.#slots[slot] = this.#count;
    if (2 * this.#count > this.#slots.length) this.#grow();
  }

  #grow(): void {
    this.#slots = new Uint32Array(2 * this.#slots.length);
    for (let number = 0; number < this.#count; number++) {
      let slot = this.#slotOf(this.#words[2 * number] as number);
      while (this.#slots[slot] !== 0) slot = (slot + 1) & (this.#slots.length - 1);
      this.#slots[slot] = number + 1;
    }
  }

  #slotOf(high: number): number {
    return high & (this.#slots.length - 1);
  }
}

/** Two words that depend on every unit of a text: the two halves of cyrb53, without the cut to 53 bits. */
function hashOf(text: string): readonly [number, number] {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  const high = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  const low = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return [high >>> 0, low >>> 0];
}
