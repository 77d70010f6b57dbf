/** `jumpstarter.test.v1.EchoService`: for tests, the demo and the measurements. */
import {
  type Code,
  ConnectError,
  type HandlerContext,
  type ServiceImpl,
} from "@connectrpc/connect";
import type { EchoService } from "./proto/jumpstarter/test/v1/mod.ts";

/** Prefix of the response metadata that {@linkcode echoService} makes of request metadata `x-…`. */
const ECHOED = "echoed-";

/** Sends metadata `x-…` back twice: as `echoed-x-…` in the header and in the trailer. */
function echoMetadata(context: HandlerContext): void {
  for (const [name, value] of context.requestHeader) {
    if (!name.startsWith("x-")) continue;
    context.responseHeader.append(ECHOED + name, value);
    context.responseTrailer.append(ECHOED + name, value);
  }
}

/** Resolves after `ms`; rejects when the call is over before. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (signal.aborted) reject(signal.reason);
  const abort = (): void => reject(signal.reason);
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", abort, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  });
}

/** Does what `echo.proto` says. Metadata of `Echo` and `Converse` comes back, see `echoed-`. */
export const echoService: ServiceImpl<typeof EchoService> = {
  echo({ text, data }, context) {
    echoMetadata(context);
    return { text, data };
  },
  async *count({ to, payloadBytes, intervalMs }, context) {
    const payload = new Uint8Array(payloadBytes);
    for (let number = 1; number <= to; number++) {
      if (intervalMs > 0 && number > 1) await pause(intervalMs, context.signal);
      yield { number, payload };
    }
  },
  async sum(requests) {
    let sum = 0n;
    let count = 0;
    for await (const { number } of requests) {
      sum += number;
      count++;
    }
    return { sum, count };
  },
  async *converse(requests, context) {
    echoMetadata(context);
    for await (const { text, data } of requests) yield { text, data };
  },
  fail({ code, message }) {
    if (code !== 0) throw new ConnectError(message, code as Code);
    return {};
  },
  async wait({ milliseconds }, context) {
    await pause(milliseconds, context.signal);
    return {};
  },
};
