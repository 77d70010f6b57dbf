import { Buffer } from "node:buffer";
import { Duplex as NodeDuplex } from "node:stream";
import type { Duplex } from "@jumpstarter/core/stream";
import { readSftpFile } from "./sftp_read.ts";
import { duplexFromChannel } from "./ssh_channel.ts";
import {
  freeCiphers,
  newSshClient,
  type Sftp,
  type SshChannel,
  type SshClient,
  usableAlgorithms,
} from "./ssh_library.ts";
import type { StreamOpener } from "./stream_opener.ts";

/** Options of {@linkcode openSsh}. */
export interface SshOptions {
  /** Who logs in. */
  username: string;
  /** With what. */
  password?: string;
  /** With what: a private key, OpenSSH's or PEM. */
  privateKey?: string | Uint8Array;
  /** What the private key is encrypted with. */
  passphrase?: string;
  /** With what: the path of an agent's socket, `$SSH_AUTH_SOCK` for one. */
  agent?: string;
  /** Whether programs on the device may use the agent. */
  forwardAgent?: boolean;
  /** The host key's fingerprint as OpenSSH shows it, `SHA256:…`. Any key is accepted unless told: boards are reinstalled. */
  hostFingerprint?: string;
  /** Milliseconds for connecting and logging in, 20,000 unless told. */
  timeoutMs?: number;
  /** The driver's method that makes a stream, `connect` unless told. */
  method?: string;
  /** Gives up connecting; has no effect afterwards. */
  signal?: AbortSignal;
}

/** Options of {@linkcode SshSession.exec}. */
export interface SshCommandOptions {
  /** Variables; servers take only those that they are told to (`AcceptEnv`). */
  env?: Record<string, string>;
  /** What the command reads. */
  stdin?: string | Uint8Array;
  /** Gets standard output as it comes. */
  onStdout?: (chunk: Uint8Array) => void;
  /** Gets standard error as it comes. */
  onStderr?: (chunk: Uint8Array) => void;
  /** Sends the command SIGTERM, where the server can (OpenSSH: not to root's), closes its output, and gives it up. */
  signal?: AbortSignal;
}

/** How a command ended. */
export interface SshResult {
  /** The exit code; `null` for one that a signal ended. */
  readonly code: number | null;
  /** The signal's name without `SIG`, if one ended it. */
  readonly signal: string | undefined;
  /** All that it wrote to standard output, as UTF-8. */
  readonly stdout: string;
  /** All that it wrote to standard error. */
  readonly stderr: string;
}

/** Options of {@linkcode SshSession.shell}. */
export interface SshShellOptions {
  /** Terminal type, `vt100` unless told. */
  term?: string;
  /** Columns, 80 unless told. */
  columns?: number;
  /** Rows, 24 unless told. */
  rows?: number;
}

/** A login shell on a terminal of the device: bytes both ways. */
export interface SshShell extends Duplex, AsyncDisposable {
  /** Tells the terminal's new size. */
  resize(columns: number, rows: number): void;
}

/**
 * Logs in to a device by SSH, through a stream of its driver.
 *
 * @throws {Error} if the server refuses, or takes too long
 *
 * @example
 * ```ts
 * await using ssh = await openSsh(device.find("ssh"), { username: "root", password: "" });
 * const { stdout } = await ssh.exec("uname -a");
 * ```
 */
export async function openSsh(device: StreamOpener, options: SshOptions): Promise<SshSession> {
  const { signal, timeoutMs = 20_000 } = options;
  const stream = await device.stream(options.method, { signal });
  const client = newSshClient();
  const ready = new Promise<void>((resolve, reject) => {
    client.once("ready", resolve);
    client.on("error", reject);
    client.once("close", () => reject(new Error("the connection was closed")));
  });
  const onAbort = (): void => void client.destroy();
  signal?.addEventListener("abort", onAbort);
  try {
    client.connect({
      sock: fromWeb(stream),
      username: options.username,
      password: options.password,
      privateKey: options.privateKey === undefined ? undefined : toBuffer(options.privateKey),
      passphrase: options.passphrase,
      agent: options.agent,
      agentForward: options.forwardAgent,
      readyTimeout: timeoutMs,
      algorithms: usableAlgorithms(),
      hostHash: options.hostFingerprint === undefined ? undefined : "sha256",
      hostVerifier: options.hostFingerprint === undefined
        ? undefined
        : (digest: string): boolean => isFingerprint(options.hostFingerprint!, digest),
    });
    await ready;
  } catch (error) {
    client.destroy();
    await stream[Symbol.asyncDispose]();
    freeCiphers(client);
    signal?.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot log in by SSH as '${options.username}': ${reason}`, { cause: error });
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
  return new SshSession(client, stream);
}

/** An SSH login. Disposing it ends all that goes on in it. */
export class SshSession implements AsyncDisposable {
  readonly #client: SshClient;
  readonly #stream: AsyncDisposable;
  readonly #closed: Promise<void>;
  #sftp: Promise<Sftp> | undefined;

  /** Not called directly, see {@linkcode openSsh}. */
  constructor(client: SshClient, stream: AsyncDisposable) {
    this.#client = client;
    this.#stream = stream;
    this.#closed = new Promise((resolve) => client.once("close", () => resolve()));
  }

  /** Runs a command, and waits for its end. A failing command is no error: look at `code`. */
  async exec(command: string, options: SshCommandOptions = {}): Promise<SshResult> {
    const { signal } = options;
    signal?.throwIfAborted();
    const channel = await new Promise<SshChannel>((resolve, reject) => {
      this.#client.exec(command, { env: options.env }, settle(resolve, reject));
    });
    const stdout = collect(channel, options.onStdout);
    const stderr = collect(channel.stderr, options.onStderr);
    channel.end(options.stdin === undefined ? undefined : toBuffer(options.stdin));
    const exit = await new Promise<{ code: number | null; signal?: string }>((resolve, reject) => {
      let exit: { code: number | null; signal?: string } = { code: null };
      const onAbort = (): void => {
        // Servers that know no signals let the command run on, and the channel open: not waited for.
        channel.signal("TERM");
        channel.destroy();
        reject(signal!.reason);
      };
      channel.on("exit", (code: number | null, name?: string) => exit = { code, signal: name });
      channel.once("close", () => {
        signal?.removeEventListener("abort", onAbort);
        resolve(exit);
      });
      signal?.addEventListener("abort", onAbort, { once: true });
    });
    return { code: exit.code, signal: exit.signal, stdout: stdout(), stderr: stderr() };
  }

  /** Opens a login shell on a terminal. */
  async shell(options: SshShellOptions = {}): Promise<SshShell> {
    const { term = "vt100", columns = 80, rows = 24 } = options;
    const channel = await new Promise<SshChannel>((resolve, reject) => {
      this.#client.shell({ term, cols: columns, rows }, settle(resolve, reject));
    });
    const closed = new Promise<void>((resolve) => channel.once("close", () => resolve()));
    return {
      ...duplexFromChannel(channel),
      resize: (columns, rows) => channel.setWindow(rows, columns, 0, 0),
      [Symbol.asyncDispose]: (): Promise<void> => {
        channel.destroy();
        return Promise.race([closed, this.#closed]);
      },
    };
  }

  /** Copies a file to the device, by SFTP. */
  async put(localPath: string, remotePath: string): Promise<void> {
    const sftp = await this.#openSftp();
    await new Promise<void>((resolve, reject) => {
      sftp.fastPut(localPath, remotePath, (error) => error ? reject(error) : resolve());
    });
  }

  /** Copies a file from the device, by SFTP. */
  async get(remotePath: string, localPath: string): Promise<void> {
    const blocks = readSftpFile(await this.#openSftp(), remotePath);
    try {
      // A file that cannot be read leaves the local one as it was.
      const first = await blocks.next();
      using file = await Deno.open(localPath, { write: true, create: true, truncate: true });
      for (let block = first; !block.done; block = await blocks.next()) {
        for (let at = 0; at < block.value.length;) {
          at += await file.write(block.value.subarray(at));
        }
      }
    } finally {
      await blocks.return(undefined);
    }
  }

  /** Logs out. */
  async close(): Promise<void> {
    this.#client.end();
    // The device may be gone, and never say goodbye.
    this.#client.destroy();
    await this.#stream[Symbol.asyncDispose]();
    await this.#closed;
    freeCiphers(this.#client);
  }

  /** Logs out. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #openSftp(): Promise<Sftp> {
    return this.#sftp ??= new Promise((resolve, reject) => {
      this.#client.sftp(settle(resolve, reject));
    });
  }
}

/** Deno has it; the types that it comes with do not. */
const fromWeb = (stream: Duplex): NodeDuplex =>
  (NodeDuplex as unknown as { fromWeb(stream: Duplex): NodeDuplex }).fromWeb(stream);

function settle<T>(
  resolve: (value: T) => void,
  reject: (error: Error) => void,
): (error: Error | undefined, value: T) => void {
  return (error, value) => error ? reject(error) : resolve(value);
}

/** Keeps what a stream gives; returns what gives it as text in the end. */
function collect(
  from: { on(event: "data", listener: (chunk: Uint8Array) => void): unknown },
  onChunk?: (chunk: Uint8Array) => void,
): () => string {
  const decoder = new TextDecoder();
  let text = "";
  from.on("data", (chunk) => {
    text += decoder.decode(chunk, { stream: true });
    onChunk?.(new Uint8Array(chunk));
  });
  return () => text + decoder.decode();
}

function toBuffer(data: string | Uint8Array): Buffer {
  return typeof data === "string" ? Buffer.from(data) : Buffer.from(data);
}

/** Whether OpenSSH's fingerprint is of a key with this digest, in hexadecimal. */
function isFingerprint(fingerprint: string, digest: string): boolean {
  const base64 = Buffer.from(digest, "hex").toString("base64").replace(/=+$/, "");
  return fingerprint.replace(/^SHA256:/, "").replace(/=+$/, "") === base64;
}
