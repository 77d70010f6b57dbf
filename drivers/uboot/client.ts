import { delay, DriverClient, type DriverNode } from "@jumpstarter/core/client";
import { PowerInterface } from "@jumpstarter/proto/driver/power/v1";
import { UbootInterface } from "@jumpstarter/proto/driver/uboot/v1";
import { Console, type ConsoleOptions, ExpectError } from "../network/mod.ts";
import { UbootError, UbootShell } from "./shell.ts";

/** Options of {@linkcode UbootConsoleClient.rebootToConsole}. */
export interface RebootOptions {
  /** Seconds that the power stays off, 2 unless told, as upstream. */
  offSeconds?: number;
  /** How often the boot is interrupted, 0.1 s apart, before it is given up. 100 unless told. */
  retries?: number;
  /** Gets all that the board prints. */
  tee?: ConsoleOptions["tee"];
  /** Gives up with the signal's reason. */
  signal?: AbortSignal;
}

/** Interrupts the boot without leaving a letter at the prompt. */
const ESCAPE = "\x1b";
/** How long U-Boot has to answer that, in ms. */
const ANSWER_MS = 100;

/** Talks to a board's U-Boot, over the board's power and its serial console. */
export class UbootConsoleClient extends DriverClient {
  #prompt: Promise<string> | undefined;

  /** The prompt, as the exporter's file says. */
  prompt(): Promise<string> {
    return this.#prompt ??= this.node.typed(UbootInterface).getPrompt({})
      .then(({ prompt }) => prompt)
      .catch((error) => {
        this.#prompt = undefined;
        throw error;
      });
  }

  /**
   * Switches the board off and on again, and stops it at U-Boot's prompt.
   *
   * @throws {UbootError} if the prompt does not come, with the last lines of the board
   *
   * @example
   * ```ts
   * await using shell = await uboot.rebootToConsole();
   * await shell.setEnv("bootargs", "console=ttyAMA0");
   * ```
   */
  async rebootToConsole(options: RebootOptions = {}): Promise<UbootShell> {
    const { offSeconds = 2, retries = 100, signal, tee } = options;
    const prompt = await this.prompt();
    const power = this.#child("power").typed(PowerInterface);
    await power.off({}, { signal });
    await delay(offSeconds * 1000, signal);
    await power.on({}, { signal });
    const serial = new Console(await this.#child("serial").stream("connect"), { tee });
    try {
      await interrupt(serial, prompt.trimStart(), retries, signal);
      return new UbootShell(serial, prompt);
    } catch (error) {
      await serial.close();
      throw error;
    }
  }

  #child(name: string): DriverNode {
    const child = this.node.children.get(name);
    if (child !== undefined) return child;
    throw new UbootError(
      `Cannot talk to U-Boot: its driver needs the child '${name}': current children are ` +
        `'${[...this.node.children.keys()].join("', '")}'`,
    );
  }
}

/** Keeps pressing Escape until the prompt comes. */
async function interrupt(
  serial: Console,
  prompt: string,
  retries: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let left = retries; left > 0; left--) {
    await serial.send(ESCAPE);
    try {
      await serial.expect(prompt, { timeoutMs: ANSWER_MS, signal });
      return;
    } catch (error) {
      if (!(error instanceof ExpectError) || error.reason !== "timeout") throw error;
    }
  }
  const lines = serial.transcript.trim().split("\n").slice(-5).join("\n");
  throw new UbootError(`Failed to get U-Boot prompt: the board's last lines are\n${lines}`);
}
