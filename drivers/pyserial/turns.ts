/** Lets several do a thing one after the other, in the order in which they came. */
export class Turns {
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** Runs when all that came before are done; gives back what it comes to. */
  async take<T>(run: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const done = Promise.withResolvers<void>();
    this.#last = done.promise;
    const first = this.#waiting++ === 0;
    try {
      if (!first) await before;
      return await run();
    } finally {
      this.#waiting--;
      done.resolve();
    }
  }
}
