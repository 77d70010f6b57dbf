/**
 * HPACK (RFC 7541): the compression of header sections in HTTP/2.
 *
 * @module
 */

export { HpackDecoder, type HpackDecoderOptions } from "./decoder.ts";
export { HpackEncoder, type HpackEncoderOptions } from "./encoder.ts";
export { fieldSize, INITIAL_TABLE_SIZE } from "./dynamic_table.ts";
export { defaultIndexing, Indexing, type IndexingPolicy } from "./indexing.ts";
