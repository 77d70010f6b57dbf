/** What a scheduler serves: something that sends one frame at a time. */
export interface Sender {
  /** Whether the scheduler has it in line; kept by the scheduler. */
  inLine: boolean;
  /** Sends one frame, if it can. Returns whether it wants another turn. */
  sendOne(): boolean;
}

/** Serves streams that wait to send payload in turn, one frame each, so that no bulk transfer holds up the others. */
export class Scheduler {
  #line: Sender[] = [];
  #next = 0;

  /** Puts `sender` at the end of the line, unless it stands in it. */
  add(sender: Sender): void {
    if (sender.inLine) return;
    sender.inLine = true;
    this.#line.push(sender);
  }

  /** Takes `sender` out of the line: it may wait for long, and is not to be kept for so long. */
  remove(sender: Sender): void {
    if (!sender.inLine) return;
    sender.inLine = false;
    this.#line.splice(this.#line.indexOf(sender, this.#next), 1);
  }

  /** Serves the line while `mayGoOn()`. */
  run(mayGoOn: () => boolean): void {
    while (this.#next < this.#line.length && mayGoOn()) {
      const sender = this.#line[this.#next++];
      sender.inLine = false;
      if (sender.sendOne()) this.add(sender);
      if (this.#next >= 64 && this.#next * 2 >= this.#line.length) this.#compact();
    }
    if (this.#next === this.#line.length) this.#compact();
  }

  #compact(): void {
    this.#line.splice(0, this.#next);
    this.#next = 0;
  }
}
