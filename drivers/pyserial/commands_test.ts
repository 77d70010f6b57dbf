import assert from "node:assert/strict";
import type { CommandCall, Terminal } from "@jumpstarter/core/client";
import { openPty, type Pty } from "@jumpstarter/core/tty";
import { type ServedDevice, serveDriver } from "@jumpstarter/testing/serve_driver";
import { PySerialClient } from "./client.ts";
import { pySerialCommands } from "./commands.ts";
import { PySerial } from "./driver.ts";
import { ByteReader, send, until } from "./fixture_test.ts";
import { planPipe } from "./pipe_plan.ts";

/** A terminal of which a test is the person. */
class TestTerminal implements Terminal {
  readonly stdin: ReadableStream<Uint8Array>;
  readonly stdinIsTerminal: boolean;
  readonly stdoutIsTerminal = false;
  readonly stderrIsTerminal = false;
  readonly notes: string[] = [];
  readonly shown: ByteReader;
  rawNow = false;
  readonly #keys: WritableStreamDefaultWriter<Uint8Array>;
  readonly #screen: WritableStreamDefaultWriter<Uint8Array>;

  constructor(stdinIsTerminal: boolean) {
    this.stdinIsTerminal = stdinIsTerminal;
    const roomy = new CountQueuingStrategy({ highWaterMark: 100 });
    const keys = new TransformStream<Uint8Array, Uint8Array>({}, roomy, roomy);
    const screen = new TransformStream<Uint8Array, Uint8Array>({}, roomy, roomy);
    this.stdin = keys.readable;
    this.#keys = keys.writable.getWriter();
    this.#keys.closed.catch(() => {});
    this.#screen = screen.writable.getWriter();
    this.shown = new ByteReader(screen.readable);
  }

  async type(text: string): Promise<void> {
    await this.#keys.write(new TextEncoder().encode(text));
  }

  endInput(): Promise<void> {
    return this.#keys.close();
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#screen.write(bytes);
  }

  print(line: string): Promise<void> {
    return this.write(new TextEncoder().encode(`${line}\n`));
  }

  writeError(): Promise<void> {
    return Promise.resolve();
  }

  note(line: string): void {
    this.notes.push(line);
  }

  data(): Promise<void> {
    return Promise.resolve();
  }

  progress(): never {
    throw new Error("nothing to show");
  }

  async raw<T>(run: () => Promise<T>): Promise<T> {
    this.rawNow = true;
    try {
      return await run();
    } finally {
      this.rawNow = false;
    }
  }
}

/** A board behind a pty, and one command on it under way. */
async function started(
  name: string,
  options: Record<string, unknown> = {},
  stdinIsTerminal = false,
) {
  const stack = new AsyncDisposableStack();
  const pty: Pty = stack.use(openPty({ keepOpen: true }));
  const device: ServedDevice = stack.use(
    await serveDriver(PySerial, { config: { url: pty.path } }),
  );
  const serial = device.get("", PySerialClient);
  const terminal = new TestTerminal(stdinIsTerminal);
  const abort = new AbortController();
  const call: CommandCall = { args: [], options, signal: abort.signal, terminal };
  const command = pySerialCommands.commands.find((known) => known.name === name)!;
  const done = command.run(serial, call);
  return {
    pty,
    serial,
    terminal,
    abort,
    done,
    board: new ByteReader(pty.readable),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Waits until the command has opened its stream. */
function streamOpen(serial: PySerialClient): Promise<void> {
  return until("it is open", async () => (await serial.statistics({})).streams > 0);
}

const HELLO = "\nStarting serial port console ... exit with CTRL+B x 3 times\n\n";

Deno.test("start-console joins terminal and port until the third Ctrl-B", async () => {
  await using run = await started("start-console", {}, true);
  const { terminal, pty, board } = run;
  assert.equal(await terminal.shown.text(HELLO.length), HELLO);
  await send(pty, "login: ");
  assert.equal(await terminal.shown.text(7), "login: ");
  assert.ok(terminal.rawNow);
  await terminal.type("root\r\x02\x02");
  await terminal.type("x\x02");
  await terminal.type("\x02");
  assert.equal(await board.text(10), "root\r\x02\x02x\x02\x02");
  await terminal.type("\x02not sent");
  await run.done;
  assert.ok(!terminal.rawNow);
});

Deno.test("start-console ends when the streams are closed, and on Ctrl-C from outside", async () => {
  {
    await using run = await started("start-console", {}, true);
    await streamOpen(run.serial);
    await run.serial.close({});
    await run.done;
    assert.deepEqual(run.terminal.notes, ["\nSerial connection closed."]);
  }
  await using run = await started("start-console", {}, true);
  await streamOpen(run.serial);
  run.abort.abort();
  await run.done;
});

Deno.test("pipe sends piped input and goes on reading until Ctrl-C", async () => {
  await using run = await started("pipe");
  const { terminal, board, pty } = run;
  await terminal.type("version\n");
  await terminal.endInput();
  assert.equal(await board.text(8), "version\n");
  await send(pty, "U-Boot 2023.01\r\n");
  assert.equal(await terminal.shown.text(16), "U-Boot 2023.01\r\n");
  run.abort.abort();
  await run.done;
  assert.deepEqual(terminal.notes, [
    "Bidirectional mode (auto-detected piped stdin): stdin→serial, serial→stdout (Ctrl+C to exit)",
    "\nStopped.",
  ]);
});

Deno.test("pipe -o writes a file, -a appends, and the end of the port is said", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/serial.log`;
  try {
    for (const [append, text] of [[false, "one\n"], [true, "two\n"]] as const) {
      await using run = await started("pipe", { output: file, append }, true);
      await streamOpen(run.serial);
      await send(run.pty, text);
      await until("all was heard", async () => {
        return (await run.serial.statistics({})).bytesReceived >= 4n;
      });
      await run.serial.close({});
      await run.done;
      assert.deepEqual(run.terminal.notes, [
        `Logging serial output to ${file} (read-only)... (Ctrl+C to exit)`,
        "\nSerial connection closed normally (end of stream).",
      ]);
    }
    assert.equal(await Deno.readTextFile(file), "one\ntwo\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("pipe --no-output ends with its input, all of it sent", async () => {
  await using run = await started("pipe", { noOutput: true });
  const text = "setenv bootdelay -1\n".repeat(500);
  await run.terminal.type(text);
  await run.terminal.endInput();
  const [sent] = await Promise.all([run.board.text(text.length), run.done]);
  assert.equal(sent, text);
  assert.deepEqual(run.terminal.notes, [
    "Fire-and-forget mode (auto-detected piped stdin): stdin→serial, no output (exits at EOF)",
  ]);
});

Deno.test("pipe refuses options that make no sense together", () => {
  const refuses = (options: Record<string, unknown>, message: string, terminal = false): void => {
    assert.throws(() => planPipe(options, terminal), { name: "UsageError", message });
  };
  refuses({ input: true, noInput: true }, "Cannot use both --input and --no-input");
  refuses({ noOutput: true, output: "x" }, "Cannot use both --no-output and --output");
  refuses({ noOutput: true, append: true }, "Cannot use both --no-output and --append");
  refuses({ append: true }, "--append requires --output");
  refuses(
    { noOutput: true },
    "--no-output requires stdin input (pipe stdin or use --input)",
    true,
  );
  refuses(
    { noOutput: true, noInput: true },
    "--no-output requires stdin input (pipe stdin or use --input)",
  );
});

Deno.test("pipe says what it does in each mode", () => {
  const status = (options: Record<string, unknown>, terminal: boolean): string =>
    planPipe(options, terminal).status;
  assert.equal(status({}, true), "Reading from serial port (read-only)... (Ctrl+C to exit)");
  assert.equal(status({ noInput: true }, false), status({}, true));
  assert.equal(
    status({ input: true }, true),
    "Bidirectional mode (forced input mode): stdin→serial, serial→stdout (Ctrl+C to exit)",
  );
  assert.equal(
    status({ output: "f" }, false),
    "Bidirectional mode (auto-detected piped stdin) with logging to f... (Ctrl+C to exit)",
  );
});
