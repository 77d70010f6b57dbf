import type { ByteStream } from "@jumpstarter/core/client";

/** What a port forward needs of a driver: any `DriverNode` has it. */
export interface StreamOpener {
  /** Opens a new byte stream to the device, by the name of the driver's method. */
  stream(method?: string, options?: { signal?: AbortSignal }): Promise<ByteStream>;
}

/** What all port forwards take. */
export interface ForwardOptions {
  /** The driver's method that makes a stream, `connect` unless told. */
  method?: string;
  /** Ends the forward, with all its connections. */
  signal?: AbortSignal;
  /** Told of each connection that fails. The forward goes on. */
  onError?: (error: unknown) => void;
}
