import { Code, ConnectError } from "@connectrpc/connect";
import type { MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import {
  type AllTypesMessage,
  DeviceInterface,
  type DeviceInterfaceCountRequestSchema,
  type DeviceInterfaceCountResponseSchema,
  type DeviceInterfaceFailRequest,
  type DeviceInterfaceGiveRequest,
  type DeviceInterfaceGreetRequest,
  type DeviceInterfaceJoinRequest,
  type DeviceInterfaceTakeRequest,
} from "@jumpstarter/testing/echo/v1";
import { z } from "zod";
import {
  defineDriver,
  type DriverCall,
  type DriverDefinition,
  type DriverMethods,
} from "../../driver/mod.ts";
import type { Duplex } from "../../stream/mod.ts";

/** What the devices of a test went through, in order. */
export const events: string[] = [];

const ERRORS: Record<string, (message: string) => unknown> = {
  Error: (message) => new Error(message),
  RangeError: (message) => new RangeError(message),
  NotFound: (message) => new Deno.errors.NotFound(message),
  ConnectionRefused: (message) => new Deno.errors.ConnectionRefused(message),
  TimeoutError: (message) => new DOMException(message, "TimeoutError"),
  chosen: (message) => new ConnectError(message, Code.ResourceExhausted),
  text: (message) => message,
};

class TestDeviceDriver implements DriverMethods<typeof DeviceInterface> {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  reset(): void {
    events.push(`${this.#name} reset`);
  }

  [Symbol.asyncDispose](): void {
    events.push(`${this.#name} closed`);
  }

  nothing(): void {}

  greet({ name, greeting = "hello" }: DeviceInterfaceGreetRequest): { text: string } {
    return { text: `${greeting} ${name}` };
  }

  allTypes(request: AllTypesMessage): AllTypesMessage {
    return request;
  }

  join({ separator, words }: DeviceInterfaceJoinRequest): { text: string; words?: number } {
    return { text: words.join(separator), words: words.length || undefined };
  }

  async *count(
    { to }: MessageShape<typeof DeviceInterfaceCountRequestSchema>,
    { signal }: DriverCall,
  ): AsyncGenerator<MessageInitShape<typeof DeviceInterfaceCountResponseSchema>> {
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => resolve(), { once: true });
    try {
      for (let number = 1; to === 0 || number <= to; number++) {
        yield { number };
        if (to === 0 && number === 3) await aborted;
      }
    } finally {
      if (to === 0) events.push("count ended");
    }
  }

  fail({ error, message }: DeviceInterfaceFailRequest): never {
    throw ERRORS[error](message);
  }

  async take({ source }: DeviceInterfaceTakeRequest, call: DriverCall): Promise<{ bytes: bigint }> {
    const file = await call.resource(source);
    let bytes = 0;
    for await (const chunk of file.readable) bytes += chunk.length;
    return { bytes: BigInt(bytes) };
  }

  async give({ target, bytes }: DeviceInterfaceGiveRequest, call: DriverCall): Promise<void> {
    await using file = await call.resource(target);
    const writer = file.writable.getWriter();
    for (let left = Number(bytes); left > 0; left -= 65_536) {
      await writer.write(new Uint8Array(Math.min(left, 65_536)));
    }
    await writer.close();
  }

  connect(): Duplex {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    return { readable, writable };
  }
}

/** A driver with a method of every kind. */
export const TestDevice: DriverDefinition = defineDriver({
  type: "test.TestDevice",
  client: "test.TestClient",
  interfaces: [DeviceInterface],
  config: z.strictObject({ name: z.string().default("device"), fails: z.boolean().default(false) }),
  create: ({ name, fails }) => {
    if (fails) throw new Deno.errors.NotFound(`no such device: ${name}`);
    return new TestDeviceDriver(name);
  },
});
