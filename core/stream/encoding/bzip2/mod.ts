export { Bzip2Decoder } from "./decoder.ts";
export { Bzip2Encoder } from "./encoder.ts";
