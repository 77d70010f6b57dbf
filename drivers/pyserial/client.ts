import { driverClient, type DriverClientBase } from "@jumpstarter/core/client";
import { SerialInterface } from "@jumpstarter/proto/driver/serial/v1";
import type { Console, ConsoleOptions } from "../network/mod.ts";

const SerialBase: DriverClientBase<typeof SerialInterface> = driverClient(SerialInterface);

/** Options of {@linkcode PySerialClient.console}. */
export interface SerialConsoleOptions extends ConsoleOptions {
  /** Whether it begins with the output that the exporter still holds, instead of now. */
  replay?: boolean;
  /** Ends the stream. */
  signal?: AbortSignal;
}

/**
 * A serial port.
 *
 * @example
 * ```ts
 * const serial = device.get("serial", PySerialClient);
 * await using board = await serial.console({ prompt: "=> " });
 * await board.sendLine("version");
 * const { before } = await board.expectPrompt({ timeoutMs: 5_000 });
 * ```
 */
export class PySerialClient extends SerialBase {
  /** Opens a stream to the port and a console on it. Closing the console ends the stream. */
  async console(options: SerialConsoleOptions = {}): Promise<Console> {
    const { signal } = options;
    // Not above: commands that only pass bytes on need no console.
    const { Console } = await import("../network/mod.ts");
    const stream = options.replay ? await this.replay({ signal }) : await this.connect({ signal });
    return new Console(stream, options);
  }

  /** Upstream's name for {@linkcode console}. */
  open(options: SerialConsoleOptions = {}): Promise<Console> {
    return this.console(options);
  }
}
