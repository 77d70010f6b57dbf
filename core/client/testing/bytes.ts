/** So many bytes that no part of them looks like another. */
export function patternBytes(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = length || 1;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** Everything that a stream gives. */
export async function bytesOf(readable: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const sink = collector();
  await readable.pipeTo(sink.writable);
  return sink.bytes();
}

/** A file in memory. */
export interface Collector {
  /** Takes the bytes. */
  readonly writable: WritableStream<Uint8Array>;
  /** What was written so far. */
  bytes(): Uint8Array;
  /** Whether it was given up. */
  aborted(): boolean;
}

/** Collects what is written. */
export function collector(): Collector {
  const chunks: Uint8Array[] = [];
  let aborted = false;
  return {
    writable: new WritableStream<Uint8Array>({
      write: (chunk) => void chunks.push(chunk.slice()),
      abort: () => void (aborted = true),
    }),
    bytes(): Uint8Array {
      const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
      let at = 0;
      for (const chunk of chunks) {
        all.set(chunk, at);
        at += chunk.length;
      }
      return all;
    },
    aborted: () => aborted,
  };
}
