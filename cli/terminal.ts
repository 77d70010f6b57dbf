import type { JsonValue } from "@bufbuild/protobuf";
import type { ProgressBar, Terminal } from "@jumpstarter/core/client";
import { formatData, type OutputFormat } from "./output_format.ts";

/** What {@linkcode ProcessTerminal} prints with. */
export interface TerminalOptions {
  /** How results are printed. */
  output?: OutputFormat;
}

/** The terminal, or the pipes, that this program was started with. */
export class ProcessTerminal implements Terminal {
  readonly #output: OutputFormat | undefined;
  #documents = 0;

  /** Results are printed as told. */
  constructor(options: TerminalOptions = {}) {
    this.#output = options.output;
  }

  get stdin(): ReadableStream<Uint8Array> {
    return Deno.stdin.readable;
  }

  get stdinIsTerminal(): boolean {
    return Deno.stdin.isTerminal();
  }

  get stdoutIsTerminal(): boolean {
    return Deno.stdout.isTerminal();
  }

  get stderrIsTerminal(): boolean {
    return Deno.stderr.isTerminal();
  }

  write(bytes: Uint8Array): Promise<void> {
    return writeAll(Deno.stdout, bytes);
  }

  print(line: string): Promise<void> {
    return this.write(new TextEncoder().encode(`${line}\n`));
  }

  writeError(bytes: Uint8Array): Promise<void> {
    return writeAll(Deno.stderr, bytes);
  }

  note(line: string): void {
    writeAllSync(Deno.stderr, new TextEncoder().encode(`${line}\n`));
  }

  async data<V extends JsonValue>(value: V, text: (value: V) => string): Promise<void> {
    if (this.#output === undefined) {
      const line = text(value);
      if (line !== "") await this.print(line);
      return;
    }
    const separator = this.#output === "yaml" && this.#documents++ > 0 ? "---\n" : "";
    await this.print(separator + await formatData(value, this.#output));
  }

  progress(label: string, total?: number): ProgressBar {
    if (!this.stderrIsTerminal || Deno.env.get("TERM") === "dumb") return NO_PROGRESS;
    return new LineProgress(label, total);
  }

  async raw<T>(run: () => Promise<T>): Promise<T> {
    if (!this.stdinIsTerminal) return await run();
    Deno.stdin.setRaw(true);
    try {
      return await run();
    } finally {
      Deno.stdin.setRaw(false);
    }
  }
}

const NO_PROGRESS: ProgressBar = { update() {}, done() {}, [Symbol.dispose]() {} };

/** Time between two states of a bar, in ms. */
const REDRAW_MS = 100;
const BAR_CELLS = 24;

/** Before that a speed is a guess, in s. */
const SPEED_AFTER_S = 0.2;

/** One line on standard error, drawn over itself. */
class LineProgress implements ProgressBar {
  readonly #label: string;
  readonly #total: number | undefined;
  readonly #startedAt = performance.now();
  #drawnAt = -Infinity;
  #bytes = 0;
  #over = false;

  constructor(label: string, total: number | undefined) {
    this.#label = label;
    this.#total = total;
  }

  update(bytes: number): void {
    this.#bytes = bytes;
    const now = performance.now();
    if (this.#over || now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    this.#draw("");
  }

  done(): void {
    if (this.#over) return;
    this.#over = true;
    this.#draw("\n");
  }

  [Symbol.dispose](): void {
    this.done();
  }

  #draw(end: string): void {
    const seconds = (performance.now() - this.#startedAt) / 1000;
    const speed = seconds >= SPEED_AFTER_S ? ` ${size(this.#bytes / seconds)}/s` : "";
    const total = this.#total;
    const state = total === undefined
      ? size(this.#bytes)
      : `${bar(this.#bytes, total)} ${size(this.#bytes)} of ${size(total)}`;
    const line = `\r\x1b[K${this.#label} ${state}${speed}${end}`;
    writeAllSync(Deno.stderr, new TextEncoder().encode(line));
  }
}

function bar(bytes: number, total: number): string {
  const share = total > 0 ? Math.min(1, bytes / total) : 1;
  const full = Math.round(share * BAR_CELLS);
  const percent = `${Math.floor(share * 100)}`.padStart(3);
  return `${"█".repeat(full)}${"░".repeat(BAR_CELLS - full)} ${percent}%`;
}

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** Bytes for a person: `1.5 MiB`. */
export function size(bytes: number): string {
  let unit = 0;
  while (bytes >= 1024 && unit < UNITS.length - 1) {
    bytes /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.round(bytes) : bytes.toFixed(1)} ${UNITS[unit]}`;
}

async function writeAll(
  to: { write(bytes: Uint8Array): Promise<number> },
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await to.write(bytes.subarray(at));
}

function writeAllSync(to: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
}
