import type { PairSpec } from "../harness/measurement.ts";
import { ProcessPair, startTogether } from "../harness/process_pair.ts";
import { startLink } from "./link_proxy.ts";
import { MuteDevice } from "./mute_device.ts";
import { startDeno, startPython, startUpstreamExporter } from "./programs.ts";
import { ScratchDirectory } from "./scratch_directory.ts";

/** Upstream's Python at both ends, over TCP. */
export const upstream: PairSpec = {
  name: "upstream",
  start: () =>
    startTogether(async (keep) => {
      const device = keep(new MuteDevice());
      const server = keep(await startUpstreamExporter("127.0.0.1:0", device.port));
      const client = keep(await startPython("peers/upstream_client.py", [server.address]));
      return new ProcessPair(client, server, [device]);
    }),
};

/** Upstream's Python at both ends, over a unix socket. */
export const upstreamUnix: PairSpec = {
  name: "upstream, unix socket",
  start: () =>
    startTogether(async (keep) => {
      const scratch = keep(new ScratchDirectory());
      const device = keep(new MuteDevice());
      const path = scratch.file("upstream.sock");
      const server = keep(await startUpstreamExporter(`unix:${path}`, device.port));
      const client = keep(await startPython("peers/upstream_client.py", [path]));
      return new ProcessPair(client, server, [device, scratch]);
    }),
};

/** Upstream's Python at both ends of the slow link. */
export const upstreamOverLink: PairSpec = {
  name: "upstream, 50 ms link",
  start: () =>
    startTogether(async (keep) => {
      const device = keep(new MuteDevice());
      const server = keep(await startUpstreamExporter("127.0.0.1:0", device.port));
      const link = keep(await startLink(server.address));
      const client = keep(await startPython("peers/upstream_client.py", [link.address]));
      return new ProcessPair(client, server, [link, device]);
    }),
};

/** connect-node's stock server and transport in Deno. */
export const connectNode: PairSpec = {
  name: "connect-node",
  start: () =>
    startTogether(async (keep) => {
      const server = keep(await startDeno("peers/connect_node_server.ts"));
      const client = keep(await startDeno("peers/connect_node_client.ts", [server.address]));
      return new ProcessPair(client, server);
    }),
};

/** `Deno.Conn.read` and `write` at both ends. */
export const rawTcp: PairSpec = {
  name: "raw TCP",
  start: () =>
    startTogether(async (keep) => {
      const server = keep(await startDeno("peers/raw_tcp_server.ts"));
      const client = keep(await startDeno("peers/raw_tcp_client.ts", [server.address]));
      return new ProcessPair(client, server);
    }),
};

/** Raw TCP at both ends of the slow link: what the link itself costs. */
export const rawTcpOverLink: PairSpec = {
  name: "raw TCP, 50 ms link",
  start: () =>
    startTogether(async (keep) => {
      const server = keep(await startDeno("peers/raw_tcp_server.ts"));
      const link = keep(await startLink(server.address));
      const client = keep(await startDeno("peers/raw_tcp_client.ts", [link.address]));
      return new ProcessPair(client, server, [link]);
    }),
};
