/**
 * The exporter's side of the demo: serves a tree with one driver, `echo`, on a free port of 127.0.0.1, until its
 * standard input ends. Prints `READY port`.
 */
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { GrpcServer } from "@jumpstarter/core/grpc";
import { routerStream } from "@jumpstarter/core/stream";
import { ExporterService, ExporterStatus, RouterService } from "@jumpstarter/proto/v1";
import { sayReady, stdinClosed } from "@jumpstarter/testing/ready";

const driver = {
  uuid: crypto.randomUUID(),
  labels: { "jumpstarter.dev/name": "echo" },
  description: "Answers with what it is given",
};

/** The calls by name that upstream's clients make. */
const exporter: Partial<ServiceImpl<typeof ExporterService>> = {
  getReport: () => ({ uuid: crypto.randomUUID(), reports: [driver], motd: "Say something" }),
  getStatus: () => ({ status: ExporterStatus.LEASE_READY, statusVersion: 1n }),
  driverCall: ({ uuid, method, args }) => {
    check(uuid, method, "echo");
    return { uuid: crypto.randomUUID(), result: args[0] };
  },
  async *streamingDriverCall({ uuid, method, args: [to] }) {
    check(uuid, method, "count");
    const last = to?.kind.case === "numberValue" ? to.kind.value : 0;
    for (let value = 1; value <= last; value++) {
      yield { result: { kind: { case: "numberValue", value } } };
    }
  },
};

function check(uuid: string, method: string, known: string): void {
  if (uuid !== driver.uuid) throw new ConnectError(`no driver ${uuid}`, Code.NotFound);
  if (method !== known) throw new ConnectError(`no method ${method}`, Code.Unimplemented);
}

await using server = new GrpcServer({ reflection: true });
server.add(ExporterService, exporter);
// A byte stream of the driver, in frames: its own end of it is joined to itself.
server.addRaw(RouterService.method.stream, async (call) => {
  call.sendInitialMetadata();
  const { readable, writable } = routerStream(call);
  await readable.pipeTo(writable);
});

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const serving = server.serve(listener);
sayReady(listener.addr.port);
await stdinClosed();
await server.drain();
await serving;
