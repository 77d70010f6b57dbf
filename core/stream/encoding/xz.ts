import {
  initModule,
  LZMA_BUF_ERROR,
  LZMA_CHECK_CRC64,
  LZMA_DATA_ERROR,
  LZMA_FINISH,
  LZMA_FORMAT_ERROR,
  LZMA_MEMLIMIT_ERROR,
  LZMA_OK,
  LZMA_OPTIONS_ERROR,
  LZMA_RUN,
  LZMA_STREAM_END,
  type LZMAModule,
  resetModule,
  WasmLzmaStream,
} from "node-liblzma/wasm";
import { type Coder, OUTPUT_BYTES } from "./coder.ts";
import { CUT_OFF, EncodingError } from "./encoding_error.ts";

/** Decode all streams that follow each other (liblzma, container.h). */
const LZMA_CONCATENATED = 0x08;

/**
 * The most memory that a decompressor may ask for, in bytes: what the file's header says decides. xz -9
 * needs 65 MiB; the WebAssembly memory ends at 256 MiB.
 */
const MEMORY_LIMIT = 192n * 1024n * 1024n;

/** Input at a time, in bytes: at some 1 MB/s, a compressor takes 8 ms for it. */
const INPUT_BYTES = 8 * 1024;

const REASONS: Record<number, string> = {
  [LZMA_MEMLIMIT_ERROR]: `it needs more than ${MEMORY_LIMIT >> 20n} MiB of memory`,
  [LZMA_FORMAT_ERROR]: "it has no header of xz or lzma",
  [LZMA_OPTIONS_ERROR]: "it uses a feature that liblzma does not have",
  [LZMA_DATA_ERROR]: "data is corrupt, or other bytes follow it",
  [LZMA_BUF_ERROR]: CUT_OFF,
};

/** Compresses to one .xz stream with CRC64, as xz(1). */
export async function compressor(level: number): Promise<Coder> {
  const lzma = await instantiate();
  return new LzmaCoder(lzma, (stream) => lzma._lzma_easy_encoder(stream, level, LZMA_CHECK_CRC64));
}

/** Decompresses .xz, all streams of it, and .lzma. */
export async function decompressor(): Promise<Coder> {
  const lzma = await instantiate();
  return new LzmaCoder(
    lzma,
    (stream) => lzma._lzma_auto_decoder(stream, MEMORY_LIMIT, LZMA_CONCATENATED),
  );
}

/** A memory of its own for each coder (1 ms): gone as a whole, and no coder can use up another's. */
function instantiate(): Promise<LZMAModule> {
  resetModule();
  return initModule();
}

/** Drives an `lzma_stream`. */
class LzmaCoder implements Coder {
  readonly inputBytes = INPUT_BYTES;
  readonly #lzma: LZMAModule;
  readonly #stream: WasmLzmaStream;
  readonly #input: number;
  readonly #output: number;
  #rest: Uint8Array = new Uint8Array(0);
  #action: number = LZMA_RUN;
  #outputWasFull = false;
  #done = false;

  constructor(lzma: LZMAModule, init: (stream: number) => number) {
    this.#lzma = lzma;
    this.#stream = new WasmLzmaStream(lzma);
    this.#input = lzma._malloc(INPUT_BYTES);
    this.#output = lzma._malloc(OUTPUT_BYTES);
    const result = init(this.#stream.ptr);
    if (result !== LZMA_OK) throw new Error(`Cannot start liblzma: its error is ${result}`);
  }

  push(input: Uint8Array): void {
    this.#rest = input;
  }

  end(): void {
    this.#action = LZMA_FINISH;
  }

  pull(): Uint8Array | null {
    while (!this.#done) {
      const finishing = this.#action === LZMA_FINISH;
      if (!finishing && !this.#outputWasFull && this.#stream.availIn === 0) {
        if (this.#rest.length === 0) return null;
        const input = this.#rest.subarray(0, INPUT_BYTES);
        this.#rest = this.#rest.subarray(input.length);
        this.#lzma.HEAPU8.set(input, this.#input);
        this.#stream.setInput(this.#input, input.length);
      }
      this.#stream.setOutput(this.#output, OUTPUT_BYTES);
      const result = this.#lzma._lzma_code(this.#stream.ptr, this.#action);
      this.#done = result === LZMA_STREAM_END;
      const room = this.#stream.availOut;
      this.#outputWasFull = room === 0;
      // "No progress is possible" is no fault where it just means that more input is needed.
      const starved = result === LZMA_BUF_ERROR && !finishing;
      if (result !== LZMA_OK && !this.#done && !starved) {
        throw new EncodingError("xz", REASONS[result] ?? `liblzma's error is ${result}`);
      }
      if (room < OUTPUT_BYTES) {
        return this.#lzma.HEAPU8.slice(this.#output, this.#output + OUTPUT_BYTES - room);
      }
    }
    return null;
  }

  /** Nothing to do: the memory goes with the last reference to it. */
  close(): void {}
}
