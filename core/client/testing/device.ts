import { DeviceInterface } from "@jumpstarter/testing/echo/v1";
import { Code, ConnectError } from "@connectrpc/connect";
import { z } from "zod";
import {
  defineDriver,
  type DriverCall,
  type DriverDefinition,
  type DriverMethods,
} from "../../driver/mod.ts";
import { type Duplex, duplexPair } from "../../stream/mod.ts";

/** What a {@linkcode ClientTestDevice} went through. */
export const seen = { cancelled: 0, streamsEnded: 0 };

class TestDriver implements DriverMethods<typeof DeviceInterface> {
  nothing(): void {}

  greet({ name, greeting = "hello" }: { name: string; greeting?: string }): { text: string } {
    return { text: `${greeting} ${name}` };
  }

  join({ separator, words }: { separator: string; words: string[] }) {
    return { text: words.join(separator), words: words.length || undefined };
  }

  async *count({ to }: { to: number }, { signal }: DriverCall) {
    try {
      for (let number = 1; to === 0 || number <= to; number++) {
        yield await Promise.resolve({ number });
        if (to === 0 && number === 2) {
          await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
          return;
        }
      }
    } finally {
      if (to === 0) seen.cancelled++;
    }
  }

  fail({ message }: { message: string }): void {
    throw new ConnectError(message, Code.ResourceExhausted);
  }

  async take({ source }: { source: string }, call: DriverCall) {
    await using resource = await call.resource(source);
    let bytes = 0n;
    for await (const chunk of resource.readable) bytes += BigInt(chunk.length);
    return { bytes };
  }

  async give({ target, bytes }: { target: string; bytes: bigint }, call: DriverCall) {
    await using resource = await call.resource(target);
    const writer = resource.writable.getWriter();
    for (let left = Number(bytes); left > 0; left -= 10_000) {
      await writer.write(new Uint8Array(Math.min(left, 10_000)));
    }
    await writer.close();
  }

  connect(): Duplex {
    const [near, far] = duplexPair();
    far.readable.pipeTo(far.writable).then(() => seen.streamsEnded++, () => seen.streamsEnded++);
    return near;
  }
}

/** A device that echoes, counts, takes and gives. */
export const ClientTestDevice: DriverDefinition = defineDriver({
  type: "test.ClientTestDevice",
  client: "test.ClientTestClient",
  interfaces: [DeviceInterface],
  config: z.strictObject({}),
  create: () => new TestDriver(),
});
