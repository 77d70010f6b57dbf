import { makeCertificates } from "@jumpstarter/testing/certs";
import type { PairSpec } from "../harness/measurement.ts";
import { ProcessPair, startTogether } from "../harness/process_pair.ts";
import { startLink } from "./link_proxy.ts";
import {
  CLIENT_OPTIONS,
  type ClientOptions,
  SERVER_OPTIONS,
  type ServerOptions,
} from "./options.ts";
import { startDeno, startPython } from "./programs.ts";
import { ScratchDirectory } from "./scratch_directory.ts";

function startServer(options: ServerOptions = {}): ReturnType<typeof startDeno> {
  return startDeno("wire/server.ts", [], { [SERVER_OPTIONS]: JSON.stringify(options) });
}

function startClient(options: ClientOptions): ReturnType<typeof startDeno> {
  return startDeno("wire/client.ts", [], { [CLIENT_OPTIONS]: JSON.stringify(options) });
}

/** Ours at both ends, over TCP. */
export const ours: PairSpec = {
  name: "ours",
  start: () =>
    startTogether(async (keep) => {
      const server = keep(await startServer());
      const client = keep(await startClient({ address: server.address }));
      return new ProcessPair(client, server);
    }),
};

/** Ours at both ends, over TLS with a verified certificate. */
export const oursTls: PairSpec = {
  name: "ours, TLS",
  start: () =>
    startTogether(async (keep) => {
      const { ca, server: { cert, key } } = await makeCertificates();
      const server = keep(await startServer({ tls: { cert, key } }));
      const client = keep(await startClient({ address: server.address, ca: ca.cert }));
      return new ProcessPair(client, server);
    }),
};

/** Ours at both ends, over a unix socket. */
export const oursUnix: PairSpec = {
  name: "ours, unix socket",
  start: () =>
    startTogether(async (keep) => {
      const scratch = keep(new ScratchDirectory());
      const server = keep(await startServer({ unixPath: scratch.file("ours.sock") }));
      const client = keep(await startClient({ address: server.address }));
      return new ProcessPair(client, server, [scratch]);
    }),
};

/** Ours at both ends, HTTP/2 inside a router stream over TCP. */
export const oursTunnel: PairSpec = {
  name: "ours, tunnel",
  start: () =>
    startTogether(async (keep) => {
      const server = keep(await startServer());
      const client = keep(await startClient({ address: server.address, tunnel: true }));
      return new ProcessPair(client, server);
    }),
};

/** Ours at both ends of the slow link. */
export const oursOverLink: PairSpec = {
  name: "ours, 50 ms link",
  start: () =>
    startTogether(async (keep) => {
      const server = keep(await startServer());
      const link = keep(await startLink(server.address));
      const client = keep(await startClient({ address: link.address }));
      return new ProcessPair(client, server, [link]);
    }),
};

/** How one end of a pair of plain byte messages is started. */
interface BytesEnds {
  readonly server: () => ReturnType<typeof startDeno>;
  readonly client: (address: string) => ReturnType<typeof startDeno>;
}

const ourEnds: BytesEnds = {
  server: () => startServer(),
  client: (address) => startDeno("wire/bytes_client.ts", [address]),
};
const grpcioEnds: BytesEnds = {
  server: () => startPython("peers/grpcio_server.py"),
  client: (address) => startPython("peers/grpcio_client.py", [address]),
};
const grpcioSyncEnds: BytesEnds = {
  server: () => startPython("peers/grpcio_sync_server.py"),
  client: (address) => startPython("peers/grpcio_sync_client.py", [address]),
};

function bytesPair(name: string, client: BytesEnds, server: BytesEnds): PairSpec {
  return {
    name,
    start: () =>
      startTogether(async (keep) => {
        const served = keep(await server.server());
        return new ProcessPair(keep(await client.client(served.address)), served);
      }),
  };
}

/** grpcio's asyncio at both ends, messages undecoded. */
export const grpcio: PairSpec = bytesPair("grpcio", grpcioEnds, grpcioEnds);
/** grpcio's asyncio client on our server. */
export const grpcioToOurs: PairSpec = bytesPair("grpcio → ours", grpcioEnds, ourEnds);
/** Our client on grpcio's asyncio server. */
export const oursToGrpcio: PairSpec = bytesPair("ours → grpcio", ourEnds, grpcioEnds);
/** grpcio's threads at both ends. */
export const grpcioSync: PairSpec = bytesPair("grpcio, sync", grpcioSyncEnds, grpcioSyncEnds);
/** grpcio's synchronous client on our server. */
export const grpcioSyncToOurs: PairSpec = bytesPair(
  "grpcio, sync → ours",
  grpcioSyncEnds,
  ourEnds,
);
/** Our client on grpcio's threaded server. */
export const oursToGrpcioSync: PairSpec = bytesPair(
  "ours → grpcio, sync",
  ourEnds,
  grpcioSyncEnds,
);
