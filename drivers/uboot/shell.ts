import {
  type Console,
  type ConsoleMatch,
  ExpectError,
  type ExpectOptions,
} from "../network/mod.ts";
import { quote } from "./quote.ts";

/** Options of {@linkcode UbootShell.runCommandChecked}. */
export interface CheckedCommandOptions extends ExpectOptions {
  /** Whether a command that fails is an error. True unless told. */
  check?: boolean;
  /** How often it is tried, 2 s apart. 1 unless told. */
  tries?: number;
}

/** What a board got from a DHCP server. */
export interface DhcpInfo {
  /** Its address. */
  readonly ipAddress: string;
  /** The way out of its network. */
  readonly gateway: string;
  /** Its network's mask: `255.255.255.0`. */
  readonly netmask: string;
  /** The count of one bits in the mask: `24`. */
  readonly cidr: string;
}

/** A command of U-Boot's failed, or said what nobody can make sense of. */
export class UbootError extends Error {
  override readonly name = "UbootError";
}

/** How long a command may take unless told, in ms. As upstream. */
const COMMAND_MS = 60_000;
/** The same for the environment's, which U-Boot has in memory. */
const ENV_MS = 5_000;
/** How long U-Boot has to echo what is typed, at first, in ms. */
const MARK_MS = 1_000;

/**
 * U-Boot's prompt, ready for commands. Disposing gives the console back; the board stays where it is.
 *
 * One command at a time.
 */
export class UbootShell implements AsyncDisposable {
  /** The console itself, for what is no command. */
  readonly console: Console;
  readonly #prompt: string;
  #mark = 0;

  /** A shell on a console that stands at the prompt. @param prompt as U-Boot prints it */
  constructor(console: Console, prompt: string) {
    this.console = console;
    this.#prompt = prompt;
  }

  /**
   * Runs a command.
   *
   * @returns what it printed, lines ended by `\n`
   * @throws {RangeError} if the command is not one line
   * @throws {ExpectError} if the prompt does not come back within 60 s, or as told
   */
  async runCommand(command: string, options: ExpectOptions = {}): Promise<string> {
    if (/[\r\n]/.test(command)) {
      throw new RangeError(
        `Cannot run command: it must be one line: current value is ${JSON.stringify(command)}`,
      );
    }
    const limits = { timeoutMs: COMMAND_MS, ...options };
    await this.#synchronize(limits);
    const { before } = await this.#send(command, limits);
    // U-Boot echoes the command first.
    const output = before.slice(before.indexOf("\n") + 1);
    return output.replaceAll("\r", "");
  }

  /**
   * Runs a command and looks at its exit code.
   *
   * @returns the lines that it printed
   * @throws {UbootError} if it fails and `check` is not false
   */
  async runCommandChecked(
    command: string,
    options: CheckedCommandOptions = {},
  ): Promise<string[]> {
    const { check = true, tries = 1, ...limits } = options;
    for (let left = tries;; left--) {
      const { lines, code } = await this.#runForCode(command, limits);
      if (code === 0) return lines;
      if (left > 1) {
        await this.runCommand("sleep 2", limits);
        continue;
      }
      if (!check) return lines;
      throw new UbootError(
        [`Cannot run '${command}': it failed with code ${code}`, ...lines].join("\n"),
      );
    }
  }

  /** The value of a variable of U-Boot's environment; `undefined` if it has none. */
  async getEnv(key: string, options: ExpectOptions = {}): Promise<string | undefined> {
    const command = `printenv ${variable(key)}`;
    const { lines, code } = await this.#runForCode(command, { timeoutMs: ENV_MS, ...options });
    const text = lines.join("\n");
    if (code === 0 && text.startsWith(`${key}=`)) return text.slice(key.length + 1);
    if (/^## Error: .* not defined$/m.test(text)) return undefined;
    throw new UbootError(`Cannot read '${key}' of U-Boot's environment: it says\n${text}`);
  }

  /** Sets a variable of U-Boot's environment, until the board resets; `undefined` removes it. */
  async setEnv(
    key: string,
    value: string | undefined,
    options: ExpectOptions = {},
  ): Promise<void> {
    const command = value === undefined || value === ""
      ? `setenv ${variable(key)}`
      : `setenv ${variable(key)} ${quote(value)}`;
    await this.runCommandChecked(command, { timeoutMs: ENV_MS, ...options });
  }

  /** Sets several variables, one after the other. */
  async setEnvs(
    values: Readonly<Record<string, string | undefined>>,
    options: ExpectOptions = {},
  ): Promise<void> {
    for (const [key, value] of Object.entries(values)) await this.setEnv(key, value, options);
  }

  /**
   * Has U-Boot ask for an address, up to three times, without loading what the server offers.
   *
   * @throws {UbootError} if it gets none
   */
  async setupDhcp(options: ExpectOptions = {}): Promise<DhcpInfo> {
    const autoload = await this.getEnv("autoload", options);
    await this.setEnv("autoload", "no", options);
    try {
      await this.runCommandChecked("dhcp", { ...options, tries: 3 });
    } finally {
      await this.setEnv("autoload", autoload, options);
    }
    const ipAddress = await this.getEnv("ipaddr", options);
    const gateway = await this.getEnv("gatewayip", options);
    const netmask = await this.getEnv("netmask", options) ?? "255.255.255.0";
    if (!ipAddress || !gateway) {
      throw new UbootError(
        `Could not extract complete network information: ipaddr is '${ipAddress ?? ""}', ` +
          `gatewayip is '${gateway ?? ""}'`,
      );
    }
    return { ipAddress, gateway, netmask, cidr: prefixLength(netmask) };
  }

  /** Gives the console back. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.console.close();
  }

  /**
   * Brings prompt and console into step, whatever was typed or printed before: a comment that nobody else wrote comes
   * back with a prompt of its own. (An empty line would run the last command again.) A command that still runs may have
   * swallowed it: then another one is tried, after twice the time.
   */
  async #synchronize(limits: ExpectOptions & { timeoutMs: number }): Promise<void> {
    const deadline = performance.now() + limits.timeoutMs;
    for (let patienceMs = MARK_MS;; patienceMs *= 2) {
      const mark = `#${++this.#mark}`;
      await this.console.sendLine(mark);
      const leftMs = deadline - performance.now();
      try {
        await this.console.expect(mark, { ...limits, timeoutMs: Math.min(patienceMs, leftMs) });
        break;
      } catch (error) {
        const timedOut = error instanceof ExpectError && error.reason === "timeout";
        if (!timedOut || patienceMs >= leftMs) throw error;
      }
    }
    await this.console.expect(this.#prompt, limits);
  }

  async #send(line: string, limits: ExpectOptions): Promise<ConsoleMatch> {
    await this.console.sendLine(line);
    return await this.console.expect(this.#prompt, limits);
  }

  async #runForCode(
    command: string,
    limits: ExpectOptions,
  ): Promise<{ lines: string[]; code: number }> {
    const output = await this.runCommand(`${command}; echo $?`, limits);
    const lines = output.trimEnd().split("\n");
    const last = lines.pop()!;
    if (!/^\d+$/.test(last)) {
      throw new UbootError(
        `Cannot tell how '${command}' ended: its exit code must be a number: current value is '${last}'`,
      );
    }
    return { lines, code: Number(last) };
  }
}

/** A name of a variable, checked: it goes into a command line as it is. */
function variable(key: string): string {
  if (/^[\w.:+-]+$/.test(key)) return key;
  throw new RangeError(
    `Cannot use variable of U-Boot's environment: letters, digits and any of _.:+- are allowed: current value is '${key}'`,
  );
}

function prefixLength(netmask: string): string {
  const parts = netmask.split(".").map(Number);
  const valid = parts.length === 4 &&
    parts.every((part) => Number.isInteger(part) && part >= 0 && part <= 255);
  if (!valid) return "24";
  return String(
    parts.map((part) => part.toString(2).replaceAll("0", "").length)
      .reduce((sum, ones) => sum + ones, 0),
  );
}
