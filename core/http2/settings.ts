import { connectionError, ErrorCode } from "./errors.ts";
import { getUint32, putUint32 } from "./frames.ts";
import { DEFAULT_WINDOW, MAX_MAX_FRAME_SIZE, MAX_WINDOW, MIN_MAX_FRAME_SIZE } from "./limits.ts";

/** Setting identifiers of RFC 9113 §6.5.2, RFC 8441 and gRPC. */
export const SettingId = {
  HEADER_TABLE_SIZE: 0x1,
  ENABLE_PUSH: 0x2,
  MAX_CONCURRENT_STREAMS: 0x3,
  INITIAL_WINDOW_SIZE: 0x4,
  MAX_FRAME_SIZE: 0x5,
  MAX_HEADER_LIST_SIZE: 0x6,
  /** gRPC: the sender takes `-bin` metadata as raw octets (GRPC_ALLOW_TRUE_BINARY_METADATA of grpc-core). */
  GRPC_TRUE_BINARY_METADATA: 0xfe03,
} as const;

/** What one end announced, RFC 9113 §6.5.2's initial values where it said nothing. */
export interface Settings {
  /** Octets of the HPACK dynamic table this end keeps for decoding. */
  headerTableSize: number;
  /** Streams the other end may open at once. */
  maxConcurrentStreams: number;
  /** First window of each stream, in octets. */
  initialWindowSize: number;
  /** Largest frame payload this end takes, in octets. */
  maxFrameSize: number;
  /** Largest header section this end takes (RFC 9113 §6.5.2 count), advisory. */
  maxHeaderListSize: number;
  /** Whether `-bin` metadata may come as raw octets. */
  grpcTrueBinaryMetadata: boolean;
}

/** The values before any SETTINGS frame. */
export function initialSettings(): Settings {
  return {
    headerTableSize: 4096,
    maxConcurrentStreams: Infinity,
    initialWindowSize: DEFAULT_WINDOW,
    maxFrameSize: MIN_MAX_FRAME_SIZE,
    maxHeaderListSize: Infinity,
    grpcTrueBinaryMetadata: false,
  };
}

/** The payload of the SETTINGS frame that announces `settings`. */
export function encodeSettings(settings: Settings, role: "client" | "server"): Uint8Array {
  const pairs: [number, number][] = [
    [SettingId.HEADER_TABLE_SIZE, settings.headerTableSize],
    [SettingId.INITIAL_WINDOW_SIZE, settings.initialWindowSize],
    [SettingId.MAX_FRAME_SIZE, settings.maxFrameSize],
    [SettingId.MAX_HEADER_LIST_SIZE, settings.maxHeaderListSize],
  ];
  if (role === "client") pairs.push([SettingId.ENABLE_PUSH, 0]);
  else pairs.push([SettingId.MAX_CONCURRENT_STREAMS, settings.maxConcurrentStreams]);
  if (settings.grpcTrueBinaryMetadata) pairs.push([SettingId.GRPC_TRUE_BINARY_METADATA, 1]);
  const payload = new Uint8Array(pairs.length * 6);
  pairs.forEach(([id, value], i) => {
    payload[i * 6] = id >>> 8;
    payload[i * 6 + 1] = id;
    putUint32(payload, i * 6 + 2, value);
  });
  return payload;
}

/**
 * Applies a SETTINGS payload to `settings`; unknown identifiers are ignored (RFC 9113 §6.5.2).
 *
 * @param from the role of the peer that sent it
 * @param onTableSize called with each HEADER_TABLE_SIZE, because the smallest of several counts too (RFC 7541 §4.2)
 * @throws {Http2Error} a connection error when a value is out of its range
 */
export function applySettings(
  settings: Settings,
  bytes: Uint8Array,
  from: "client" | "server",
  onTableSize: (size: number) => void,
): void {
  for (let at = 0; at + 6 <= bytes.length; at += 6) {
    const id = (bytes[at] << 8) | bytes[at + 1];
    const value = getUint32(bytes, at + 2);
    switch (id) {
      case SettingId.HEADER_TABLE_SIZE:
        if (value !== settings.headerTableSize) onTableSize(value);
        settings.headerTableSize = value;
        break;
      case SettingId.ENABLE_PUSH:
        if (value > 1 || (from === "server" && value === 1)) {
          throw connectionError(ErrorCode.PROTOCOL_ERROR, `Cannot take ENABLE_PUSH of ${value}`);
        }
        break;
      case SettingId.MAX_CONCURRENT_STREAMS:
        settings.maxConcurrentStreams = value;
        break;
      case SettingId.INITIAL_WINDOW_SIZE:
        if (value > MAX_WINDOW) {
          throw connectionError(
            ErrorCode.FLOW_CONTROL_ERROR,
            `Cannot take INITIAL_WINDOW_SIZE of ${value}: the largest is ${MAX_WINDOW}`,
          );
        }
        settings.initialWindowSize = value;
        break;
      case SettingId.MAX_FRAME_SIZE:
        if (value < MIN_MAX_FRAME_SIZE || value > MAX_MAX_FRAME_SIZE) {
          throw connectionError(
            ErrorCode.PROTOCOL_ERROR,
            `Cannot take MAX_FRAME_SIZE of ${value}: it must be ${MIN_MAX_FRAME_SIZE} to ${MAX_MAX_FRAME_SIZE}`,
          );
        }
        settings.maxFrameSize = value;
        break;
      case SettingId.MAX_HEADER_LIST_SIZE:
        settings.maxHeaderListSize = value;
        break;
      case SettingId.GRPC_TRUE_BINARY_METADATA:
        settings.grpcTrueBinaryMetadata = value === 1;
        break;
    }
  }
}
