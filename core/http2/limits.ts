/**
 * What this end grants a peer, and where it stops. Each number names its source; the attacks are those of
 * CVE-2019-9511 … 9518, CVE-2023-44487 (rapid reset), CVE-2024-27316 (CONTINUATION flood) and CVE-2025-8671.
 */

/** The largest flow-control window (RFC 9113 §6.9.1): 2^31-1 octets. */
export const MAX_WINDOW = 0x7fffffff;

/** Every window before SETTINGS say otherwise (RFC 9113 §6.9.2), in octets. */
export const DEFAULT_WINDOW = 65_535;

/** The smallest and the first value of SETTINGS_MAX_FRAME_SIZE (RFC 9113 §6.5.2), in octets. */
export const MIN_MAX_FRAME_SIZE = 16_384;

/** The largest value of SETTINGS_MAX_FRAME_SIZE (RFC 9113 §6.5.2), in octets. */
export const MAX_MAX_FRAME_SIZE = 16_777_215;

/** Receive window of a stream, in octets: 16 MiB carry 320 MiB/s over a round trip of 50 ms. */
export const STREAM_WINDOW = 16 * 1024 * 1024;

/** Receive window of a connection, in octets: two streams at full speed. */
export const CONNECTION_WINDOW = 32 * 1024 * 1024;

/**
 * A window is announced again once this share of it was consumed: 512 KiB of a stream's 16 MiB. Each announcement costs the
 * receiver a write of some 15 µs; the finer they are, the shorter a sender can keep the queue.
 */
export const WINDOW_UPDATE_SHARE = 32;

/** The least a stream may have under way before it waits for the peer, in octets: 0.5 ms at 1.5 GiB/s. */
export const PACE_LEAST = 768 * 1024;

/**
 * Streams to a peer whose windows are smaller than this are not paced: such a window bounds the queue already, and the
 * peer's own tuning of it (grpc-core's BDP probes) must not be second-guessed. In octets.
 */
export const PACE_FROM_WINDOW = 8 * 1024 * 1024;

/** A held stream that hears nothing for so long may have twice as much under way, in ms. */
export const PACE_STALL_MS = 10;

/** The largest frame taken from a peer, in octets; gRPC messages up to this arrive in one piece. */
export const MAX_FRAME_SIZE = 1024 * 1024;

/** The largest DATA frame sent, in octets: a router frame of 64 KiB in one piece, and no stream holds the line for long. */
export const MAX_DATA_FRAME = 65_536 + 1024;

/** Streams a peer may have open at once; a session of one board opens tens, a load test a thousand. */
export const MAX_CONCURRENT_STREAMS = 4096;

/** Streams a client opens before the server's SETTINGS arrived: the least RFC 9113 §6.5.2 recommends to allow. */
export const ASSUMED_CONCURRENT_STREAMS = 100;

/** Header section a server takes, in octets as RFC 9113 §6.5.2 counts (names, values, 32 each): grpc-core's hard limit. */
export const MAX_REQUEST_HEADER_LIST = 16 * 1024;

/** Header section a client takes: Python exporters put whole validation reports (40 KiB and more) into `grpc-message`. */
export const MAX_RESPONSE_HEADER_LIST = 256 * 1024;

/**
 * A header block up to here is decoded whatever the header section may be, so that one too large ends its call (431) and
 * not the connection, in octets: nghttp2's NGHTTP2_MAX_HEADERSLEN.
 */
export const MIN_MAX_HEADER_BLOCK = 64 * 1024;

/** CONTINUATION frames of one header block, or as many as its octets need; nghttp2's default (NGHTTP2_DEFAULT_MAX_CONTINUATIONS) against CVE-2024-27316. */
export const MAX_CONTINUATIONS = 8;

/** Time for the peer's preface, for its acknowledgement of SETTINGS and for a begun header block, in ms (grpc-core gives up after 20 s). */
export const SETTINGS_TIMEOUT_MS = 20_000;

/** A socket that takes no byte for so long is given up, in ms (nginx `send_timeout`). */
export const WRITE_STALL_MS = 60_000;

/** After GOAWAY with an error, time to read on so that the peer gets to see it (a close with unread input resets TCP), in ms. */
export const LINGER_MS = 1_000;

/** Bytes of frames gathered for one write, beyond which streams wait. */
export const WRITE_HIGH_WATER = 256 * 1024;

/** Bytes a stream holds back for its user before `sendData` asks to wait. */
export const STREAM_HIGH_WATER = 256 * 1024;

/** Resets of streams not yet answered, at once and per second; nghttp2's `stream_reset_rate_limit` defaults, against CVE-2023-44487. */
export const RESET_LIMIT: RateLimit = { burst: 1000, perSecond: 33 };

/** Frames that move nothing (PING, SETTINGS, PRIORITY, empty DATA, unknown …); nghttp2's `glitch_rate_limit` defaults, against CVE-2019-9512, 9515, 9518. */
export const IDLE_FRAME_LIMIT: RateLimit = { burst: 10_000, perSecond: 330 };

/** Answers (PING, SETTINGS acknowledgements, RST_STREAM) that wait because the peer does not read; Envoy's `max_outbound_control_frames` is 1000, Go's 10,000. */
export const MAX_WAITING_ANSWERS = 1000;

/**
 * Bytes of answers that wait for a client that does not read, beyond which a server reads no more from it: header
 * sections have no window. Clients read on: if both ends stopped, neither would go on.
 */
export const MAX_BACKLOG = 1024 * 1024;

/** How many streams that ended in order or by the peer are remembered, to tell a wrong frame from a late one. */
export const REMEMBERED_ENDS = 64;

/** How many streams reset by this end are remembered: what the peer sent before it knew is ignored. */
export const REMEMBERED_RESETS = 512;

/** A token bucket: how many at once, how many per second after that. */
export interface RateLimit {
  /** Tokens in a full bucket. */
  burst: number;
  /** Tokens that come back each second. */
  perSecond: number;
}
