import type { Value } from "@bufbuild/protobuf/wkt";
import type { Client } from "@connectrpc/connect";
import type { ExporterService } from "@jumpstarter/proto/v1";
import type { Operations } from "./command_loop.ts";
import { perSecond, repeat, sampleLatency, sampleRate } from "./timing.ts";

/** Which driver is called; a uuid as every real call carries. */
const UUID = "5f9cb8a5-1f64-4b2a-9f0c-0d2b3c1e7a11";
/** Enough messages to learn the rate from. */
const PROBE_MESSAGES = 2000;

/**
 * Calls of a driver's methods, with the messages and the values that upstream's
 * client sends: `noop` has no arguments and gives null, `count(n)` streams n numbers.
 */
export function driverCalls(exporter: Client<typeof ExporterService>): Operations {
  const noop = async (): Promise<void> => {
    const { result } = await exporter.driverCall({ uuid: UUID, method: "noop", args: [] });
    if (plainValue(result) !== null) throw new Error("noop gave something back");
  };

  const count = async (messages: number): Promise<number> => {
    const start = performance.now();
    let received = 0;
    const args = [{ kind: { case: "numberValue" as const, value: messages } }];
    for await (
      const { result } of exporter.streamingDriverCall({ uuid: UUID, method: "count", args })
    ) {
      if (plainValue(result) !== received++) throw new Error("a message is missing");
    }
    if (received !== messages) throw new Error(`${received} of ${messages} messages`);
    return perSecond(messages, start);
  };

  return {
    unary: ({ seconds }) => sampleLatency(seconds, noop),
    unary_in_flight: ({ seconds, in_flight }) => sampleRate(seconds, in_flight, noop),
    calls: async (options) => {
      await repeat(options.count, options.in_flight, noop);
      return {};
    },
    server_stream: async ({ seconds }) => {
      const rate = await count(PROBE_MESSAGES);
      return { per_s: await count(Math.max(PROBE_MESSAGES, Math.round(rate * seconds))) };
    },
  };
}

/** What a person's code sees of a result, as far as the bench needs it. */
function plainValue(value: Value | undefined): unknown {
  switch (value?.kind.case) {
    case "numberValue":
      return value.kind.value;
    case "nullValue":
      return null;
    default:
      throw new Error(`Cannot read the result: current value is '${value?.kind.case}'`);
  }
}
