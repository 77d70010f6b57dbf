import type { MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import {
  defineDriver,
  type DriverCall,
  type DriverDefinition,
  type DriverMethods,
  LOG_LEVELS,
  type LogLevel,
} from "@jumpstarter/core/driver";
import type { Duplex } from "@jumpstarter/core/stream";
import {
  BenchInterface,
  type BenchInterfaceBlobRequest,
  type BenchInterfaceCountersResponseSchema,
  type BenchInterfaceCountRequest,
  type BenchInterfaceCountResponseSchema,
  type BenchInterfaceEchoRequest,
  type BenchInterfaceEchoResponseSchema,
  type BenchInterfaceFailAfterRequest,
  type BenchInterfaceFailRequest,
  type BenchInterfaceLengthRequest,
  type BenchInterfaceReadingsRequestSchema,
  type BenchInterfaceReadingsResponseSchema,
  type BenchInterfaceSayRequest,
  type BenchInterfaceSleepRequest,
  type BenchInterfaceTicksRequest,
} from "@jumpstarter/testing/echo/v1";
import { z } from "zod";
import { failureOf } from "./bench_failure.ts";
import { echoStream, sinkStream, sourceStream } from "./bench_streams.ts";

type Numbers = AsyncGenerator<MessageInitShape<typeof BenchInterfaceCountResponseSchema>>;
type Readings = AsyncGenerator<MessageInitShape<typeof BenchInterfaceReadingsResponseSchema>>;

/** Does what `Bench` of `shared/peer/peer_drivers.py` does, for the same clients. */
class BenchDriver implements DriverMethods<typeof BenchInterface> {
  #cancelled = 0;
  #streams = 0;

  noop(): void {}

  noopSync(): void {}

  echo(
    { args }: BenchInterfaceEchoRequest,
  ): MessageInitShape<typeof BenchInterfaceEchoResponseSchema> {
    if (args.length === 1) return { value: args[0] };
    return { value: { kind: { case: "listValue", value: { values: args } } } };
  }

  blob({ n }: BenchInterfaceBlobRequest): { text: string } {
    return { text: "x".repeat(n) };
  }

  length({ text }: BenchInterfaceLengthRequest): { length: number } {
    return { length: [...text].length };
  }

  async sleep({ seconds }: BenchInterfaceSleepRequest, { signal }: DriverCall): Promise<void> {
    await pause(seconds * 1000, signal);
  }

  async *count({ n }: BenchInterfaceCountRequest): Numbers {
    for (let number = 0; number < n; number++) yield { number };
  }

  countSync(request: BenchInterfaceCountRequest): Numbers {
    return this.count(request);
  }

  async *readings({ n }: MessageShape<typeof BenchInterfaceReadingsRequestSchema>): Readings {
    for (let reading = 0; reading < n; reading++) yield { voltage: 5, current: reading / 1000 };
  }

  async *ticks({ interval }: BenchInterfaceTicksRequest, { signal }: DriverCall): Numbers {
    try {
      for (let number = 0;; number++) {
        yield { number };
        await pause(interval * 1000, signal);
      }
    } finally {
      this.#cancelled++;
    }
  }

  counters(): MessageInitShape<typeof BenchInterfaceCountersResponseSchema> {
    return { cancelled: this.#cancelled, streams: this.#streams };
  }

  fail({ kind, text }: BenchInterfaceFailRequest): never {
    throw failureOf(kind, text);
  }

  async *failAfter({ n, kind, text }: BenchInterfaceFailAfterRequest): Numbers {
    for (let number = 0; number < n; number++) yield { number };
    throw failureOf(kind, text);
  }

  say({ level, text }: BenchInterfaceSayRequest, { log }: DriverCall): void {
    if (!LOG_LEVELS.includes(level as LogLevel)) {
      throw new RangeError(
        `Cannot say: level must be one of ${LOG_LEVELS.join(", ")}: current value is '${level}'`,
      );
    }
    log.log(level as LogLevel, text);
  }

  threads(): { threads: number } {
    return { threads: 1 };
  }

  connect(): Duplex {
    return echoStream(this.#opened());
  }

  sink(): Duplex {
    return sinkStream(this.#opened());
  }

  source(): Duplex {
    return sourceStream(this.#opened());
  }

  refuse(): never {
    throw new Error("device busy");
  }

  #opened(): () => void {
    this.#streams++;
    return () => {
      this.#streams--;
    };
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}

/** The driver that the benches of both sides call; see `exporter.yaml` beside it. */
export const Bench: DriverDefinition = defineDriver({
  type: "./bench_driver.ts#Bench",
  client: "jumpstarter.client.base.DriverClient",
  interfaces: [BenchInterface],
  config: z.strictObject({}),
  create: () => new BenchDriver(),
});
