/**
 * Byte streams: what every part above carries bytes with.
 *
 * @module
 */
export * from "./conn_duplex.ts";
export * from "./counted.ts";
export * from "./duplex.ts";
export * from "./encoding/mod.ts";
export {
  CHUNK_BYTES,
  dataFrameHead,
  decodeFrame,
  encodeFrame,
  type Frame,
  FrameError,
  MAX_FRAME_BYTES,
  MAX_FRAME_HEAD_BYTES,
} from "./frame.ts";
export * from "./frame_type.ts";
export * from "./message_stream.ts";
export * from "./progress.ts";
export * from "./pump.ts";
export * from "./ring.ts";
export * from "./router_stream.ts";
