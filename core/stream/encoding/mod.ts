export type { ByteTransform } from "./coder_stream.ts";
export * from "./compression.ts";
export * from "./detect.ts";
export * from "./encoding.ts";
export { EncodingError } from "./encoding_error.ts";
