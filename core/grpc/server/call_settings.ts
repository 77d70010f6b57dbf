import type { Registry } from "@bufbuild/protobuf";
import type { GateContext } from "./handler_context.ts";

/** What all calls of a server have in common. */
export interface CallSettings {
  /** The largest message taken, in bytes. */
  readonly maxReceiveBytes: number;
  /** The largest message sent, in bytes. */
  readonly maxSendBytes: number;
  /** The types that a `google.protobuf.Any` may hold in JSON. */
  readonly registry: Registry;
  /** Lets a call in, or throws. */
  readonly requestGate: ((context: GateContext) => void | Promise<void>) | undefined;
  /** Told about errors that their callers only see as "internal error", or not at all; never throws. */
  readonly report: (error: unknown, path: string) => void;
}
