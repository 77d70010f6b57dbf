import { operation } from "../../harness/measurement.ts";
import type { RowSpec } from "../../harness/row.ts";
import type { Family } from "../../harness/suite.ts";
import { ratioAtLeast, type Target } from "../../harness/target.ts";
import { ours } from "../our_pairs.ts";
import { connectNode, rawTcp, upstream } from "../peer_pairs.ts";

const SECONDS = 1;
const METRICS = {
  echo: "byte stream, 64 KiB pieces, echo (each way)",
  upload: "byte stream, 64 KiB pieces, upload",
  download: "byte stream, 64 KiB pieces, download",
};

function rows(name: keyof typeof METRICS, ofRaw: Target): RowSpec[] {
  const onOurs = operation(ours, name, { seconds: SECONDS });
  const row = (of: "upstream" | "raw-tcp", peer: RowSpec["peer"], target: Target): RowSpec => ({
    id: `${name}-${of}`,
    metric: METRICS[name],
    unit: "MiB/s",
    ours: { of: onOurs, field: "mib_s" },
    peer,
    peerName: of === "upstream" ? "upstream" : "raw TCP in Deno",
    target,
  });
  const onUpstream = operation(upstream, name, { seconds: SECONDS });
  const onRaw = operation(rawTcp, name, { seconds: SECONDS });
  return [
    row("upstream", { of: onUpstream, field: "mib_s" }, ratioAtLeast(1.2)),
    row("raw-tcp", { of: onRaw, field: "mib_s" }, ofRaw),
  ];
}

const echoRows = rows("echo", ratioAtLeast(0.45));

/** `RouterService.Stream` as a person's code sees it: a pair of WHATWG streams. */
export const byteStreams: Family = {
  name: "byte streams",
  rows: [
    ...echoRows,
    {
      ...echoRows[0],
      id: "echo-connect-node",
      peer: { of: operation(connectNode, "echo", { seconds: SECONDS }), field: "mib_s" },
      peerName: "connect-node",
      target: null,
    },
    ...rows("upload", ratioAtLeast(0.6)),
    ...rows("download", ratioAtLeast(0.6)),
  ],
};
