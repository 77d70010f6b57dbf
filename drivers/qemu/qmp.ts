import type { JsonObject, JsonValue } from "@bufbuild/protobuf";
import { untilAborted } from "./until_aborted.ts";

/** What QEMU says by itself, such as `SHUTDOWN`. */
export interface QmpEvent {
  /** What happened, in upper case. */
  readonly event: string;
  /** More about it. */
  readonly data?: JsonObject;
}

/** QEMU refused a command. */
export class QmpError extends Error {
  override readonly name = "QmpError";
}

/** Options of a command. */
export interface QmpOptions {
  /** Gives up waiting for the answer. */
  signal?: AbortSignal;
}

/** What a connection to QEMU has to have: any `Deno.Conn` does. */
export interface QmpConn {
  /** What QEMU writes. */
  readonly readable: ReadableStream<Uint8Array>;
  /** What QEMU reads. */
  readonly writable: WritableStream<Uint8Array>;
  /** Ends both. */
  close(): void;
}

/** Bytes of one message that are too many: no answer of QEMU's to our commands comes near. */
const MAX_LINE_CHARACTERS = 4 * 2 ** 20;

/**
 * A connection to QEMU's monitor: the QEMU Machine Protocol, a JSON value a line (docs/interop/qmp-spec in QEMU).
 */
export class QmpClient {
  readonly #conn: QmpConn;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting = new Map<number, PromiseWithResolvers<JsonValue>>();
  readonly #onEvent: (event: QmpEvent) => void;
  readonly #greeted = Promise.withResolvers<void>();
  #nextId = 1;
  #gone: Error | undefined;

  private constructor(conn: QmpConn, onEvent: (event: QmpEvent) => void) {
    this.#conn = conn;
    this.#onEvent = onEvent;
    this.#writer = conn.writable.getWriter();
    this.#writer.closed.catch(() => {});
    this.#greeted.promise.catch(() => {});
  }

  /**
   * Waits for QEMU's greeting, and makes it ready for commands.
   *
   * @param onEvent is told what QEMU says by itself
   */
  static async open(
    conn: QmpConn,
    onEvent: (event: QmpEvent) => void,
    options: QmpOptions = {},
  ): Promise<QmpClient> {
    const client = new QmpClient(conn, onEvent);
    client.#read();
    try {
      await untilAborted(client.#greeted.promise, options.signal);
      await client.execute("qmp_capabilities", {}, options);
    } catch (error) {
      client.close();
      throw error;
    }
    return client;
  }

  /**
   * Executes one command.
   *
   * @returns what it returns, `{}` for most
   * @throws {QmpError} with QEMU's reason, or because the connection has ended
   */
  async execute(
    command: string,
    args: JsonObject = {},
    options: QmpOptions = {},
  ): Promise<JsonValue> {
    if (this.#gone) throw this.#gone;
    options.signal?.throwIfAborted();
    const id = this.#nextId++;
    const answer = Promise.withResolvers<JsonValue>();
    answer.promise.catch(() => {});
    this.#waiting.set(id, answer);
    try {
      const line = JSON.stringify({ execute: command, arguments: args, id }) + "\n";
      await this.#writer.write(new TextEncoder().encode(line)).catch((error) => {
        throw this.#gone ?? new QmpError((error as Error).message);
      });
      return await untilAborted(answer.promise, options.signal);
    } catch (error) {
      if (!(error instanceof QmpError)) throw error;
      throw new QmpError(`Cannot execute '${command}' in QEMU: ${error.message}`);
    } finally {
      this.#waiting.delete(id);
    }
  }

  /** Ends the connection: commands under way fail. No effect when it has ended. */
  close(): void {
    this.#end(new QmpError("the connection was closed"));
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    let rest = "";
    try {
      for await (const chunk of this.#conn.readable) {
        const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
        rest = lines.pop()!;
        if (rest.length > MAX_LINE_CHARACTERS) throw new Error("a message is too long");
        for (const line of lines) if (line.trim() !== "") this.#take(JSON.parse(line));
      }
      this.#end(new QmpError("QEMU ended the connection"));
    } catch (error) {
      this.#end(new QmpError((error as Error).message));
    }
  }

  #take(message: JsonObject): void {
    if ("QMP" in message) return this.#greeted.resolve();
    if (typeof message.event === "string") return this.#onEvent(message as unknown as QmpEvent);
    const answer = this.#waiting.get(message.id as number);
    if ("return" in message) answer?.resolve(message.return);
    else if ("error" in message) {
      const reason = (message.error as JsonObject | null)?.desc;
      answer?.reject(new QmpError(String(reason ?? JSON.stringify(message.error))));
    }
  }

  #end(reason: QmpError): void {
    if (this.#gone) return;
    this.#gone = reason;
    this.#greeted.reject(reason);
    for (const answer of this.#waiting.values()) answer.reject(reason);
    try {
      this.#conn.close();
    } catch {
      // Its streams have ended it.
    }
  }
}
