import { deepEqual, equal, rejects } from "node:assert/strict";
import fc from "fast-check";
import { PowerMachine, type Switchable } from "./power_machine.ts";

/** What is switched in these tests: starts and stops when it is told to. */
class Lamp implements Switchable {
  static alive = 0;
  readonly #end = Promise.withResolvers<{ inOrder: boolean; reason: string }>();
  readonly ended = this.#end.promise;

  constructor() {
    Lamp.alive++;
  }

  stop(): typeof this.ended {
    return this.#finish(true, "stopped");
  }

  crash(): typeof this.ended {
    return this.#finish(false, "burnt out");
  }

  #finish(inOrder: boolean, reason: string): typeof this.ended {
    this.#end.resolve({ inOrder, reason });
    this.ended.then(() => this.#count());
    return this.ended;
  }

  #count = (): void => {
    Lamp.alive--;
    this.#count = () => {};
  };
}

Deno.test("on is on once, off is off once", async () => {
  const power = new PowerMachine({ start: () => Promise.resolve(new Lamp()) });
  equal(power.state, "off");
  equal(await power.off(), false);
  equal(await power.on(), true);
  equal(await power.on(), false);
  equal(power.state, "on");
  equal(await power.off(), true);
  equal(power.state, "off");
});

Deno.test("two who switch on wait for the same start", async () => {
  let starts = 0;
  const gate = Promise.withResolvers<void>();
  const power = new PowerMachine({
    async start(): Promise<Lamp> {
      starts++;
      await gate.promise;
      return new Lamp();
    },
  });
  const both = Promise.all([power.on(), power.on()]);
  equal(power.state, "starting");
  gate.resolve();
  deepEqual([await both, starts], [[true, true], 1]);
  await power.off();
});

Deno.test("a start goes on when one of two gives up, and ends when both do", async () => {
  let aborted = false;
  const power = new PowerMachine<Lamp>({
    start: (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          aborted = true;
          reject(signal.reason);
        });
      }),
  });
  const [one, other] = [new AbortController(), new AbortController()];
  const first = power.on(one.signal);
  const second = power.on(other.signal);
  one.abort(new Error("one has had enough"));
  await rejects(first, /one has had enough/);
  equal(aborted, false);
  equal(power.state, "starting");
  other.abort(new Error("the other too"));
  await rejects(second, /the other too/);
  equal(aborted, true);
  equal(power.state, "off");
});

Deno.test("a start that takes too long is given up", async () => {
  const power = new PowerMachine<Lamp>({
    startMs: 10,
    start: (signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  await rejects(power.on(), { name: "TimeoutError" });
  equal(power.state, "off");
});

Deno.test("an end by itself is told, with the reason; one that was wanted is not", async () => {
  const ends: string[] = [];
  const lamps: Lamp[] = [];
  const power = new PowerMachine({
    start(): Promise<Lamp> {
      lamps.push(new Lamp());
      return Promise.resolve(lamps.at(-1)!);
    },
    onEnd: ({ reason }) => ends.push(reason),
  });
  await power.on();
  await power.off();
  await power.on();
  await lamps[1].crash();
  await Promise.resolve();
  deepEqual([ends, power.state], [["burnt out"], "off"]);
  await power.on();
  equal(power.state, "on");
  await power.off();
});

Deno.test("whatever is switched when, at most one thing runs, and nothing after the last off", async () => {
  const step = fc.constantFrom("on", "off", "crash", "give up", "wait");
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
    Lamp.alive = 0;
    const power = new PowerMachine({
      async start(signal): Promise<Lamp> {
        await Promise.resolve();
        signal.throwIfAborted();
        equal(Lamp.alive, 0);
        return new Lamp();
      },
    });
    const calls: Promise<unknown>[] = [];
    for (const name of steps) {
      if (name === "on") calls.push(power.on());
      else if (name === "off") calls.push(power.off());
      else if (name === "crash") calls.push(Promise.resolve(power.machine?.crash()));
      else if (name === "give up") {
        const abort = new AbortController();
        calls.push(power.on(abort.signal));
        abort.abort();
      } else await Promise.resolve();
    }
    await Promise.allSettled(calls);
    await power.off();
    deepEqual([power.state, Lamp.alive], ["off", 0]);
  }));
});
