/**
 * First octets of the field representations (RFC 7541 §6): the pattern in the
 * high bits, and the mask of the integer in the low ones.
 */

/** Indexed field (§6.1). */
export const INDEXED = 0x80;
/** The index of an indexed field: 7 bits. */
export const INDEXED_MASK = 0x7f;

/** Literal field with incremental indexing (§6.2.1). */
export const LITERAL_INCREMENTAL = 0x40;
/** The name index of a literal field with incremental indexing: 6 bits. */
export const LITERAL_INCREMENTAL_MASK = 0x3f;

/** Dynamic table size update (§6.3). */
export const SIZE_UPDATE = 0x20;
/** The size in a dynamic table size update: 5 bits. */
export const SIZE_UPDATE_MASK = 0x1f;

/** Literal field never indexed (§6.2.3). */
export const LITERAL_NEVER = 0x10;
/** Literal field without indexing (§6.2.2). */
export const LITERAL_WITHOUT = 0x00;
/** The name index of a literal field without or never indexed: 4 bits. */
export const LITERAL_MASK = 0x0f;
