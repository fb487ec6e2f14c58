/** Arguments that each function takes, by its name: made anew for each call. */
export type Arguments = Readonly<Record<string, () => readonly unknown[] | Promise<readonly unknown[]>>>;

/** Objects of one kind, and arguments that each of their methods takes. */
export interface Kind<T extends object = never> {
  make(): T | Promise<T>;
  /** Gives back what it holds. */
  end?(one: T): unknown;
  /** What a method that refuses its arguments must leave as it is. */
  state?(one: T): unknown;
  /** Null for one that cannot be called as the object is. */
  readonly methods: Readonly<Record<string, ((one: T) => readonly unknown[] | Promise<readonly unknown[]>) | null>>;
}

export function kind<T extends object>(one: Kind<T>): Kind {
  return one as unknown as Kind;
}
