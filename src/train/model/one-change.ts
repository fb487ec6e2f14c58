import { ModelError } from '../../errors.ts';

/** What changes a model's weights does so alone; who reads them reads those of when it began. */
export class OneChange {
  /** What does at present, if something does. */
  #what: string | null = null;

  /** @throws ModelError while something else changes the weights: a run does until it is finished */
  begin(what: string): void {
    if (this.#what !== null) {
      throw new ModelError(
        `model: a model whose weights nothing changes was expected, but ${this.#what} is at work; wait for it, or finish() the trainer`,
      );
    }
    this.#what = what;
  }

  end(): void {
    this.#what = null;
  }

  /** For as long as some work takes. @throws as `begin` */
  async during(what: string, work: () => Promise<void>): Promise<void> {
    this.begin(what);
    try {
      await work();
    } finally {
      this.end();
    }
  }
}
