/** Something that several use: the last of them to let go frees it. It begins with one user. */
export class Counted<T> {
  readonly value: T;
  readonly #free: () => void | Promise<void>;
  #users = 1;

  constructor(value: T, free: () => void | Promise<void>) {
    this.value = value;
    this.#free = free;
  }

  /** One user more. */
  hold(): this {
    this.#users += 1;
    return this;
  }

  /** One user fewer. */
  letGo(): void | Promise<void> {
    this.#users -= 1;
    return this.#users === 0 ? this.#free() : undefined;
  }
}
