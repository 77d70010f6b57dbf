import { ErrorCode } from "./errors.ts";
import { FrameType } from "./frames.ts";

/** The states of RFC 9113 §5.1. The two reserved ones are left out: nothing is pushed. */
export type StreamState =
  | "idle"
  | "open"
  | "half-closed (local)"
  | "half-closed (remote)"
  | "closed";

/** The events of RFC 9113 figure 2: H is a HEADERS frame, ES the END_STREAM flag, R an RST_STREAM frame. */
export type StreamEvent =
  | "send H"
  | "recv H"
  | "send ES"
  | "recv ES"
  | "send R"
  | "recv R";

/** RFC 9113 figure 2. An event that a state does not list leaves it as it is. */
const NEXT: Record<StreamState, Partial<Record<StreamEvent, StreamState>>> = {
  "idle": {
    "send H": "open",
    "recv H": "open",
  },
  "open": {
    "send ES": "half-closed (local)",
    "recv ES": "half-closed (remote)",
    "send R": "closed",
    "recv R": "closed",
  },
  "half-closed (local)": {
    "recv ES": "closed",
    "send R": "closed",
    "recv R": "closed",
  },
  "half-closed (remote)": {
    "send ES": "closed",
    "send R": "closed",
    "recv R": "closed",
  },
  "closed": {},
};

/** The state after `event`. */
export function nextState(state: StreamState, event: StreamEvent): StreamState {
  return NEXT[state][event] ?? state;
}

/** Whether this end may still send DATA and HEADERS. */
export function maySend(state: StreamState): boolean {
  return state === "open" || state === "half-closed (remote)";
}

/** Whether the peer may still send DATA and HEADERS. */
export function mayReceive(state: StreamState): boolean {
  return state === "open" || state === "half-closed (local)";
}

/** Why a stream is in "closed": RFC 9113 §5.1 treats late frames differently. */
export type ClosedBy = "both ended" | "local reset" | "remote reset";

/** What to do with a frame that a state does not allow. */
export type Verdict = "accept" | "ignore" | {
  readonly scope: "stream" | "connection";
  readonly code: ErrorCode;
};

const STREAM_CLOSED: Verdict = { scope: "stream", code: ErrorCode.STREAM_CLOSED };
const CONNECTION_CLOSED: Verdict = { scope: "connection", code: ErrorCode.STREAM_CLOSED };
const UNEXPECTED: Verdict = { scope: "connection", code: ErrorCode.PROTOCOL_ERROR };

/** How RFC 9113 §5.1 has a frame of `type` treated that arrives on a stream in `state`. */
export function judgeFrame(state: StreamState, type: number, closedBy?: ClosedBy): Verdict {
  if (type === FrameType.PRIORITY) return "accept";
  switch (state) {
    case "idle":
      return type === FrameType.HEADERS ? "accept" : UNEXPECTED;
    case "open":
    case "half-closed (local)":
      return "accept";
    case "half-closed (remote)":
      return type === FrameType.DATA || type === FrameType.HEADERS ? STREAM_CLOSED : "accept";
    case "closed":
      if (type === FrameType.WINDOW_UPDATE || type === FrameType.RST_STREAM) return "ignore";
      if (closedBy === "local reset") return "ignore";
      return closedBy === "remote reset" ? STREAM_CLOSED : CONNECTION_CLOSED;
  }
}
