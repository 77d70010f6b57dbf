/** `jumpstarter.v1.FrameType` (router.proto); the numbers are those of HTTP/2's frame types. */
export const FrameType = {
  /** Bytes of the stream. */
  DATA: 0x00,
  /** Sent by nobody; ignored. */
  RST_STREAM: 0x03,
  /** Sent by nobody; ignored. */
  PING: 0x06,
  /** The end of one direction. */
  GOAWAY: 0x07,
} as const;

/** One of {@linkcode FrameType}, or a number that only the peer knows. */
export type FrameType = number;
