/** What becomes of a field that is in no table yet (RFC 7541 §6.2). */
export const Indexing = {
  /** It enters the dynamic table: it will come again (§6.2.1). */
  INCREMENTAL: 0,
  /** Its name does, with the value of the first time; the values differ each time. */
  NAME: 1,
  /** It does not (§6.2.2). */
  WITHOUT: 2,
  /** Neither here nor at any intermediary: a secret that could be guessed (§6.2.3, §7.1.3). */
  NEVER: 3,
} as const;

/** One of {@linkcode Indexing}. */
export type Indexing = (typeof Indexing)[keyof typeof Indexing];

/** Decides for one field; called only for fields that are in no table. */
export type IndexingPolicy = (name: string, value: string) => Indexing;

/** Values shorter than this can be guessed: as nghttp2 and Firefox have it for cookies. */
const SHORT_SECRET = 20;

const BY_NAME: ReadonlyMap<string, Indexing> = new Map<string, Indexing>([
  ["grpc-timeout", Indexing.NAME],
  ["content-length", Indexing.NAME],
  ["grpc-message", Indexing.WITHOUT],
  ["grpc-status-details-bin", Indexing.WITHOUT],
  ["x-jumpstarter-passphrase", Indexing.NEVER],
]);

/**
 * The policy of this package: secrets that could be guessed are never indexed,
 * fields whose value differs with each call are not, all others are.
 */
export function defaultIndexing(name: string, value: string): Indexing {
  switch (name) {
    case "cookie":
    case "authorization":
    case "proxy-authorization":
      // Passwords are short or in Basic form; bearer tokens are long and random, and cost most when repeated.
      return value.length < SHORT_SECRET || /^basic /i.test(value)
        ? Indexing.NEVER
        : Indexing.INCREMENTAL;
    default:
      return BY_NAME.get(name) ?? Indexing.INCREMENTAL;
  }
}
