import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { connect, type Device } from "@jumpstarter/core/client";
import { runTool, startProcess, type TestProcess } from "@jumpstarter/testing/process";
import { descendants, isRunning, processesWith } from "./processes.ts";

/** How `jmp` and `j` are called: program and first arguments. */
export interface Programs {
  /** `jmp`. */
  readonly jmp: readonly string[];
  /** `j`. */
  readonly j: readonly string[];
}

const fromSource = (name: string): string[] => [
  Deno.execPath(),
  "run",
  "--quiet",
  "--no-check",
  "-A",
  fileURLToPath(new URL(`../../cli/${name}.ts`, import.meta.url)),
];

/** Both from the source. */
export const SOURCE: Programs = { jmp: fromSource("jmp"), j: fromSource("j") };

/** What `jmp run` says once it listens. */
const LISTENING = /listens on \S+:(\d+)/;

/** How a program ended. */
export interface Ended {
  /** Its exit code. */
  readonly code: number;
  /** What it printed. */
  readonly stdout: string;
  /** What it printed beside that. */
  readonly stderr: string;
}

/** Options of {@linkcode Place.serve}. */
export interface ServeOptions {
  /** The exporter's temporary folder; that of the place unless told. */
  temporary?: string;
}

/** A folder in which all programs of a test live, so that it is seen what they leave. Disposing removes it. */
export class Place implements AsyncDisposable {
  /** For the test's own files. */
  readonly folder: string = Deno.makeTempDirSync({ prefix: "jmp-" });
  /** The programs' temporary folder. */
  readonly temporary: string = `${this.folder}/t`;
  /** What they are called with. */
  readonly programs: Programs;

  /** `jmp` and `j` are the source unless told. */
  constructor(programs: Programs = SOURCE) {
    this.programs = programs;
    Deno.mkdirSync(this.temporary);
  }

  /** Writes a file; its path. */
  async write(name: string, content: string | Uint8Array): Promise<string> {
    const path = `${this.folder}/${name}`;
    if (typeof content === "string") await Deno.writeTextFile(path, content);
    else await Deno.writeFile(path, content);
    return path;
  }

  /** The environment of the place's programs: a `jmp shell` around the tests is not theirs. */
  env(more: Record<string, string> = {}): Record<string, string> {
    return {
      TMPDIR: this.temporary,
      XDG_RUNTIME_DIR: "",
      JUMPSTARTER_HOST: "",
      JMP_GRPC_PASSPHRASE: "",
      JMP_GRPC_INSECURE: "",
      JMP_DRIVERS_ALLOW: "",
      NO_COLOR: "1",
      ...more,
    };
  }

  /** Runs `jmp` to its end. */
  jmp(...args: string[]): Promise<Ended> {
    return this.run([...this.programs.jmp, ...args]);
  }

  /** Runs a program to its end. */
  async run(
    [program, ...args]: readonly string[],
    options: { env?: Record<string, string>; stdin?: Uint8Array } = {},
  ): Promise<Ended> {
    const { code, stdout, output } = await runTool(program, {
      args,
      env: this.env(options.env),
      stdin: options.stdin,
      cwd: this.folder,
      deadlineMs: 60_000,
    });
    const text = new TextDecoder().decode(stdout);
    return { code, stdout: text, stderr: output.slice(text.length) };
  }

  /** Starts `jmp run` with these drivers on a free port, and waits until it listens. */
  serve(drivers: string, options: ServeOptions = {}): Promise<Serving> {
    return this.serveFile(exporterFile(drivers), options);
  }

  /** Starts `jmp run` with the text of an exporter's file on a free port, and waits until it listens. */
  async serveFile(yaml: string, { temporary }: ServeOptions = {}): Promise<Serving> {
    const file = await this.write("board.yaml", yaml);
    const [program, ...args] = this.programs.jmp;
    const process = await startProcess(program, {
      args: [...args, "run", "--exporter-config", file, ...listenOn("127.0.0.1:0")],
      env: this.env(temporary === undefined ? {} : { TMPDIR: temporary }),
      cwd: this.folder,
      readyPattern: LISTENING,
      deadlineMs: 60_000,
    });
    return new Serving(this, process);
  }

  /** What is left of the place's programs: processes, and names in the temporary folder. */
  leftovers(): string[] {
    // Deno keeps compiled code of a compiled program there, for the next start.
    const names = [...Deno.readDirSync(this.temporary)].map(({ name }) => name)
      .filter((name) => !/^deno-compile-.*\.cache$/.test(name));
    return [...processesWith(`TMPDIR=${this.temporary}`), ...names];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** A `jmp run` that serves. Disposing ends it, without a look at what it leaves. */
export class Serving implements AsyncDisposable {
  readonly #place: Place;
  /** The process. */
  readonly process: TestProcess;

  /** Not called directly, see {@linkcode Place.serve}. */
  constructor(place: Place, process: TestProcess) {
    this.#place = place;
    this.process = process;
  }

  /** Where it listens. */
  get address(): string {
    return `127.0.0.1:${this.process.port}`;
  }

  /** Connects a client of this process. */
  connect(): Promise<Device> {
    return connect({ host: this.address, insecure: true });
  }

  /** The environment in which `j` finds it. */
  get env(): Record<string, string> {
    return { JUMPSTARTER_HOST: this.address, JMP_GRPC_INSECURE: "1" };
  }

  /** Runs `j` on it to its end. */
  j(...args: string[]): Promise<Ended> {
    return this.#place.run([...this.#place.programs.j, ...args], { env: this.env });
  }

  /** Starts `j` on it; its standard input is open. */
  startJ(ready: RegExp, ...more: string[]): Promise<TestProcess> {
    const [program, ...args] = this.#place.programs.j;
    return startProcess(program, {
      args: [...args, ...more],
      env: this.#place.env(this.env),
      readyPattern: ready,
      deadlineMs: 60_000,
    });
  }

  /** Ids of the process and of all that it has started. */
  processes(): number[] {
    return [this.process.pid, ...descendants(this.process.pid)];
  }

  /** Ends it in order, and asserts that no process, socket or temporary file of it is left. */
  async end(): Promise<void> {
    const pids = this.processes();
    this.process.kill("SIGTERM");
    const { code } = await this.process.status;
    assert.equal(code, 143, this.process.output);
    assert.deepEqual(pids.filter(isRunning), [], "processes are left");
    assert.deepEqual(this.#place.leftovers(), []);
    const address = { hostname: "127.0.0.1", port: this.process.port };
    await assert.rejects(Deno.connect(address), Deno.errors.ConnectionRefused);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
  }
}

/** Text of an exporter's file with these drivers, each line without indentation. */
export function exporterFile(drivers: string): string {
  const indented = drivers.trim().replaceAll(/^/gm, "  ");
  return `apiVersion: jumpstarter.dev/v1alpha1
kind: ExporterConfig
metadata: { namespace: default, name: board }
export:
${indented}
`;
}

/** Options of `jmp run` for a listener without TLS. */
export function listenOn(address: string): string[] {
  return ["--tls-grpc-listener", address, "--tls-grpc-insecure"];
}
