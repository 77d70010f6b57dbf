// Frames that cost the sender nothing and carry nothing: CVE-2019-9512, 9513, 9515, 9518 and their kin.
import { ErrorCode } from "./errors.ts";
import { Flag } from "./frames.ts";
import { IDLE_FRAME_LIMIT } from "./limits.ts";
import { answerAtEnd, answerOpen, silent } from "./testing/answers.ts";
import { floodUntilGoaway, repeat, testAttack } from "./testing/attack.ts";
import { requestFields } from "./testing/call.ts";
import {
  clientHello,
  dataFrame,
  frame,
  goawayFrame,
  headersFrame,
  join,
  literalBlock,
  pingFrame,
  priorityFrame,
  resetFrame,
  SETTINGS_ACK,
  settingsFrame,
  windowUpdateFrame,
} from "./testing/frame_bytes.ts";
import { RawPeer } from "./testing/raw_peer.ts";
import { connectTcp } from "./testing/tcp_pair.ts";
import type { TestServer } from "./testing/test_server.ts";

const NOTHING = new Uint8Array(0);
const OPEN_1 = headersFrame(1, requestFields("/"));
const A_HUNDRED = 100;
/** Far more than the limit, in writes of a hundred frames. */
const WRITES = 4 * IDLE_FRAME_LIMIT.burst / A_HUNDRED;

/** Floods with one kind of frame, after `before`. */
function flood(frameBytes: Uint8Array, before: Uint8Array = NOTHING) {
  return async (server: TestServer): Promise<void> => {
    const peer = await RawPeer.client(server.port);
    if (before.length > 0) await peer.send(before);
    const many = repeat(frameBytes, A_HUNDRED);
    await floodUntilGoaway(peer, many, WRITES, ErrorCode.ENHANCE_YOUR_CALM);
  };
}

testAttack("ping flood, CVE-2019-9512", flood(pingFrame()));
testAttack("flood of answers to pings nobody sent", flood(pingFrame(new Uint8Array(8), Flag.ACK)));
testAttack(
  "resource loop, CVE-2019-9513: priorities churned on one stream",
  flood(join(priorityFrame(1, 3), priorityFrame(3, 1)), OPEN_1),
  { onStream: silent },
);
testAttack(
  "resource loop, CVE-2019-9513: priorities of idle streams",
  flood(priorityFrame(0x7fffff01, 0x7fffff03)),
);
testAttack("settings flood, CVE-2019-9515", flood(settingsFrame([4, 1000], [3, 5], [1, 0])));
testAttack("settings flood, CVE-2019-9515: empty SETTINGS", flood(settingsFrame()));
testAttack("flood of acknowledgements of SETTINGS", flood(SETTINGS_ACK));
testAttack(
  "empty frames flood, CVE-2019-9518: DATA without payload or end",
  flood(dataFrame(1, NOTHING), OPEN_1),
  { onStream: silent },
);
testAttack(
  "empty frames flood, CVE-2019-9518: DATA of nothing but padding",
  flood(dataFrame(1, NOTHING, false, 255), OPEN_1),
  { onStream: silent },
);
testAttack(
  "empty frames flood, CVE-2019-9518: DATA on a stream that is over",
  flood(dataFrame(1, NOTHING), join(OPEN_1, resetFrame(1, ErrorCode.CANCEL))),
  { onStream: answerOpen },
);
testAttack("window-update flood on the connection", flood(windowUpdateFrame(0, 1)));
testAttack("window-update flood on a stream", flood(windowUpdateFrame(1, 1), OPEN_1), {
  onStream: silent,
});
testAttack(
  "window-update flood on a stream that is over",
  flood(windowUpdateFrame(1, 1), headersFrame(1, requestFields("/"), true)),
  { onStream: answerAtEnd },
);
testAttack("flood of frames of unknown types", flood(frame(0xfa, 0xff, 1, new Uint8Array(10))));
testAttack("flood of GOAWAY", flood(goawayFrame(0, ErrorCode.NO_ERROR), OPEN_1), {
  onStream: silent,
});

testAttack("flood of HEADERS on streams that the server has reset", async (server) => {
  const peer = await RawPeer.client(server.port);
  const block = literalBlock(requestFields("/"));
  await peer.send(headersFrame(1, block));
  await peer.reset(1);
  const many = repeat(headersFrame(1, block), A_HUNDRED);
  await floodUntilGoaway(peer, many, WRITES, ErrorCode.ENHANCE_YOUR_CALM);
}, {
  onStream: (stream) => {
    stream.reset(ErrorCode.CANCEL);
    return silent();
  },
});

for (
  const [what, bytes] of [["PING", pingFrame()], ["SETTINGS", settingsFrame([4, 77])]] as const
) {
  testAttack(`${what} flood by a client that reads none of the answers`, async (server) => {
    const peer = new RawPeer(await connectTcp(server.port), { reading: false });
    await peer.send(clientHello(), SETTINGS_ACK);
    const many = repeat(bytes, A_HUNDRED);
    await peer.flood(many, WRITES);
    await server.sessions[1].closed;
    peer.close();
  });
}
