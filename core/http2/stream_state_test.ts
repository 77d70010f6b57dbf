// RFC 9113 §5.1, figure 2 and the text below it, written down once more and held against the code cell by cell.
import assert from "node:assert/strict";
import { ErrorCode } from "./errors.ts";
import { FrameType } from "./frames.ts";
import {
  type ClosedBy,
  judgeFrame,
  mayReceive,
  maySend,
  nextState,
  type StreamEvent,
  type StreamState,
  type Verdict,
} from "./stream_state.ts";

const EVENTS: readonly StreamEvent[] = [
  "send H",
  "recv H",
  "send ES",
  "recv ES",
  "send R",
  "recv R",
];

/** One row a state, one column an event, in the order of EVENTS; a dot: the state stays. */
const FIGURE_2: Record<StreamState, readonly (StreamState | ".")[]> = {
  "idle": ["open", "open", ".", ".", ".", "."],
  "open": [".", ".", "half-closed (local)", "half-closed (remote)", "closed", "closed"],
  "half-closed (local)": [".", ".", ".", "closed", "closed", "closed"],
  "half-closed (remote)": [".", ".", "closed", ".", "closed", "closed"],
  "closed": [".", ".", ".", ".", ".", "."],
};

for (const [state, row] of Object.entries(FIGURE_2) as [StreamState, (StreamState | ".")[]][]) {
  Deno.test(`a stream that is ${state} goes where RFC 9113 figure 2 says`, () => {
    EVENTS.forEach((event, i) => {
      const expected = row[i] === "." ? state : row[i];
      assert.equal(nextState(state, event), expected, `${state}, ${event}`);
    });
  });
}

Deno.test("payload and header sections may be sent and received only in the states that allow it", () => {
  const sends = (Object.keys(FIGURE_2) as StreamState[]).filter(maySend);
  const receives = (Object.keys(FIGURE_2) as StreamState[]).filter(mayReceive);
  assert.deepEqual(sends, ["open", "half-closed (remote)"]);
  assert.deepEqual(receives, ["open", "half-closed (local)"]);
});

const ok: Verdict = "accept";
const no: Verdict = "ignore";
const wrong: Verdict = { scope: "connection", code: ErrorCode.PROTOCOL_ERROR };
const ended: Verdict = { scope: "stream", code: ErrorCode.STREAM_CLOSED };
const gone: Verdict = { scope: "connection", code: ErrorCode.STREAM_CLOSED };

const TYPES = ["DATA", "HEADERS", "PRIORITY", "RST_STREAM", "WINDOW_UPDATE"] as const;

/** "Receiving any frame other than …" of each state in §5.1; columns in the order of TYPES. */
const RECEIVED: readonly [StreamState, ClosedBy | undefined, readonly Verdict[]][] = [
  // "Receiving any frame other than HEADERS or PRIORITY on a stream in this state MUST be treated as a connection error"
  ["idle", undefined, [wrong, ok, ok, wrong, wrong]],
  ["open", undefined, [ok, ok, ok, ok, ok]],
  ["half-closed (local)", undefined, [ok, ok, ok, ok, ok]],
  // "other than WINDOW_UPDATE, PRIORITY, or RST_STREAM … MUST respond with a stream error of type STREAM_CLOSED"
  ["half-closed (remote)", undefined, [ended, ended, ok, ok, ok]],
  // "An endpoint that receives any frames other than PRIORITY after receiving a frame with the END_STREAM flag set …
  // MUST treat that as a connection error"; WINDOW_UPDATE and RST_STREAM may be late.
  ["closed", "both ended", [gone, gone, ok, no, no]],
  // "after receiving a RST_STREAM … MUST treat that as a stream error"
  ["closed", "remote reset", [ended, ended, ok, no, no]],
  // "An endpoint that sends a RST_STREAM … MUST minimally process and then discard any frames it receives"
  ["closed", "local reset", [no, no, ok, no, no]],
];

for (const [state, by, verdicts] of RECEIVED) {
  const name = by === undefined ? state : `${state} by ${by}`;
  Deno.test(`frames on a stream that is ${name} are judged as RFC 9113 §5.1 says`, () => {
    TYPES.forEach((type, i) => {
      assert.deepEqual(judgeFrame(state, FrameType[type], by), verdicts[i], `${name}, ${type}`);
    });
  });
}
