import assert from "node:assert/strict";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import type { JsonValue } from "@bufbuild/protobuf";
import { DeviceInterface } from "@jumpstarter/testing/echo/v1";
import { ExporterService, ExporterStatus, LogSource } from "@jumpstarter/proto/v1";
import {
  type DriverDefinition,
  DriverRegistry,
  DriverTree,
  jsonToValue,
  type NodeConfig,
  valueToJson,
} from "../driver/mod.ts";
import { createGrpcTransport, GrpcServer, type GrpcTransport } from "../grpc/mod.ts";
import { compressor, routerStream } from "../stream/mod.ts";
import { LogHub } from "./log_hub.ts";
import { Session } from "./session.ts";
import { events, TestDevice } from "./testing/test_device.ts";

interface Served extends AsyncDisposable {
  session: Session;
  transport: GrpcTransport;
  exporter: ReturnType<typeof createClient<typeof ExporterService>>;
  /** Calls a method by name on the driver of this name. */
  call(name: string, method: string, ...args: JsonValue[]): Promise<JsonValue>;
  uuid(name: string): string;
}

const device = (config: Record<string, unknown> = {}): NodeConfig => ({
  kind: "driver",
  type: TestDevice.type,
  config,
  children: {},
});

async function serve(
  children: Record<string, NodeConfig> = { device: device() },
  definitions: DriverDefinition[] = [],
): Promise<Served> {
  const registry = new DriverRegistry().add(TestDevice);
  for (const definition of definitions) registry.add(definition);
  const logs = new LogHub();
  const tree = await DriverTree.build({
    root: { kind: "composite", children },
    registry,
    sink: logs.publish,
  });
  const session = new Session({
    tree,
    logs,
    labels: { "jumpstarter.dev/name": "test" },
    motd: "hi",
  });
  session.status.set(ExporterStatus.LEASE_READY);
  const server = new GrpcServer();
  session.install(server);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = server.serve(listener);
  const transport = createGrpcTransport({ address: `127.0.0.1:${listener.addr.port}` });
  const exporter = createClient(ExporterService, transport);
  const uuid = (name: string): string => {
    const report = tree.reports().find(({ labels }) => labels["jumpstarter.dev/name"] === name);
    assert.ok(report, name);
    return report.uuid;
  };
  return {
    session,
    transport,
    exporter,
    uuid,
    async call(name, method, ...args): Promise<JsonValue> {
      const { result } = await exporter.driverCall({
        uuid: uuid(name),
        method,
        args: args.map(jsonToValue),
      });
      return valueToJson(result);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      transport.close();
      server.close();
      await serving;
      await session.close();
    },
  };
}

function rejectsWith(promise: Promise<unknown>, code: Code, message: RegExp): Promise<void> {
  return assert.rejects(promise, (error) => {
    assert.ok(error instanceof ConnectError, String(error));
    assert.equal(Code[error.code], Code[code], error.message);
    assert.match(error.rawMessage, message);
    return true;
  });
}

Deno.test("a report has the root first, without a name, and a proxy's target twice", async () => {
  await using served = await serve({
    alias: { kind: "proxy", ref: "box.device" },
    box: { kind: "composite", children: { device: device() } },
  });
  const { reports, labels, motd } = await served.exporter.getReport({});
  assert.deepEqual(labels, { "jumpstarter.dev/name": "test" });
  assert.equal(motd, "hi");
  const rows = reports.map(({ parentUuid, labels }) => [
    labels["jumpstarter.dev/name"],
    labels["jumpstarter.dev/client"],
    reports.findIndex(({ uuid }) => uuid === parentUuid),
  ]);
  const composite = "jumpstarter_driver_composite.client.CompositeClient";
  assert.deepEqual(rows, [
    [undefined, composite, -1],
    ["alias", "test.TestClient", 0],
    ["box", composite, 0],
    ["device", "test.TestClient", 2],
  ]);
  assert.equal(reports[1].uuid, reports[3].uuid);
  assert.equal(
    reports[1].labels["jumpstarter.dev/interfaces"],
    "jumpstarter.test.v1.DeviceInterface",
  );
});

Deno.test("a method by name takes positional arguments, with defaults at the end", async () => {
  await using served = await serve();
  assert.equal(await served.call("device", "nothing"), null);
  assert.equal(await served.call("device", "greet", "you"), "hello you");
  assert.equal(await served.call("device", "greet", "you", null), "hello you");
  assert.equal(await served.call("device", "greet", "you", "bye"), "bye you");
  assert.deepEqual(await served.call("device", "join_words", "-", "a", "b"), ["a-b", 2]);
  assert.deepEqual(await served.call("device", "join_words", "-"), ["", null]);
});

Deno.test("values by name keep their kind: doubles for integers, text for bytes, null for what is not set", async () => {
  await using served = await serve();
  const part = { part_name: "p", weight: 0.5 };
  const args: JsonValue[] = ["t", true, 1, 2 ** 40, 3, 0.25, "ü", null, ["a"], { k: 1 }, part, [
    part,
  ], {
    any: [1],
  }];
  assert.deepEqual(await served.call("device", "all_types", ...args), {
    text: "t",
    flag: true,
    small: 1,
    large: 2 ** 40,
    unsigned: 3,
    number: 0.25,
    data: "ü",
    maybe: null,
    list: ["a"],
    map: { k: 1 },
    part,
    parts: [part],
    any: { any: [1] },
  });
});

Deno.test("wrong arguments are INVALID_ARGUMENT and say which", async () => {
  await using served = await serve();
  const { InvalidArgument } = Code;
  await rejectsWith(
    served.call("device", "greet"),
    InvalidArgument,
    /argument 1, name, is missing/,
  );
  await rejectsWith(served.call("device", "greet", 1), InvalidArgument, /name/);
  await rejectsWith(
    served.call("device", "greet", "a", "b", "c"),
    InvalidArgument,
    /wants 2 arguments, got 3/,
  );
  await rejectsWith(
    served.call("device", "count", 1),
    Code.NotFound,
    /missing marker marker_drivercall/,
  );
  await rejectsWith(
    served.call("device", "nope"),
    Code.NotFound,
    /^method nope not found on driver$/,
  );
  await rejectsWith(
    served.call("device", "missing"),
    Code.NotFound,
    /^method missing not found on driver$/,
  );
  const unknown = served.exporter.driverCall({ uuid: crypto.randomUUID(), method: "greet" });
  await rejectsWith(unknown, Code.Unknown, /No driver has UUID/);
});

Deno.test("a driver's error keeps its message and gets the status of its class", async () => {
  await using served = await serve();
  const cases: [string, Code][] = [
    ["Error", Code.Unknown],
    ["text", Code.Unknown],
    ["RangeError", Code.InvalidArgument],
    ["NotFound", Code.Internal],
    ["ConnectionRefused", Code.Unavailable],
    ["TimeoutError", Code.DeadlineExceeded],
    ["chosen", Code.ResourceExhausted],
  ];
  for (const [name, code] of cases) {
    await rejectsWith(
      served.call("device", "fail", name, `böse: ${name}`),
      code,
      new RegExp(`^böse: ${name}$`),
    );
  }
});

Deno.test("a stream by name ends its driver when the caller stops", async () => {
  await using served = await serve();
  const numbers: JsonValue[] = [];
  const request = { uuid: served.uuid("device"), method: "count", args: [jsonToValue(3)] };
  for await (const { result } of served.exporter.streamingDriverCall(request)) {
    numbers.push(valueToJson(result));
  }
  assert.deepEqual(numbers, [1, 2, 3]);
  events.length = 0;
  const stop = new AbortController();
  const endless = { ...request, args: [jsonToValue(0)] };
  const failed = assert.rejects(async () => {
    for await (const { result } of served.exporter.streamingDriverCall(endless, stop)) {
      if (valueToJson(result) === 3) stop.abort();
    }
  });
  await failed;
  for (let i = 0; i < 1000 && !events.includes("count ended"); i++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.deepEqual(events, ["count ended"]);
});

Deno.test("the same methods are there natively, for the driver that the header names", async () => {
  await using served = await serve({ one: device(), two: device() });
  const client = createClient(DeviceInterface, served.transport);
  const headers = { "x-jumpstarter-driver-uuid": served.uuid("two") };
  assert.equal((await client.greet({ name: "you" }, { headers })).text, "hello you");
  await client.nothing({}, { headers });
  await rejectsWith(client.missing({}, { headers }), Code.Unimplemented, /not found on driver/);
  await rejectsWith(
    client.greet({}),
    Code.InvalidArgument,
    /header x-jumpstarter-driver-uuid is missing, and 2 have/,
  );
  const wrong = { headers: { "x-jumpstarter-driver-uuid": served.uuid("two").replace(/^./, "z") } };
  await rejectsWith(client.greet({}, wrong), Code.NotFound, /there is none with UUID/);
  const received: number[] = [];
  const words = async function* (): AsyncGenerator<{ payload: Uint8Array }> {
    yield { payload: new Uint8Array([1, 2]) };
    yield { payload: new Uint8Array([3]) };
  };
  for await (const { payload } of client.connect(words(), { headers })) received.push(...payload);
  assert.deepEqual(received, [1, 2, 3]);
});

Deno.test("a driver's byte stream carries half-close both ways and ends", async () => {
  await using served = await serve();
  const request = { kind: "driver", uuid: served.uuid("device"), method: "connect" };
  const call = served.transport.raw("/jumpstarter.v1.RouterService/Stream", {
    headers: { request: JSON.stringify(request) },
  });
  const { readable, writable } = routerStream(call);
  const writer = writable.getWriter();
  const written = writer.write(new TextEncoder().encode("hello")).then(() => writer.close());
  const text = await new Response(readable).text();
  await written;
  assert.equal(text, "hello");
});

for (const encoding of [null, "gzip", "zstd"] as const) {
  Deno.test(`a file goes up and comes down (${encoding ?? "as it is"})`, async () => {
    await using served = await serve();
    const size = 300_000;
    const uuid = served.uuid("device");
    const request = { kind: "resource", uuid, x_jmp_content_encoding: encoding };
    const open = (): ReturnType<GrpcTransport["raw"]> =>
      served.transport.raw("/jumpstarter.v1.RouterService/Stream", {
        headers: { request: JSON.stringify(request) },
      });
    {
      const call = open();
      const header = await call.header;
      assert.equal(header.get("x_jmp_accept_encoding"), encoding ?? "");
      const file = new Blob([new Uint8Array(size)]).stream();
      const bytes = encoding === null ? file : file.pipeThrough(compressor(encoding));
      const sent = bytes.pipeTo(routerStream(call).writable);
      const handle = JSON.parse(header.get("resource")!);
      assert.equal(await served.call("device", "take", handle), size);
      await sent;
      await rejectsWith(served.call("device", "take", handle), Code.Unknown, /^UUID\('/);
    }
    const call = open();
    const handle = JSON.parse((await call.header).get("resource")!);
    const { readable, writable } = routerStream(call);
    const received = new Response(readable).bytes();
    await writable.close();
    await served.call("device", "give", handle, size);
    const bytes = await received;
    if (encoding === null) assert.equal(bytes.length, size);
    else assert.ok(bytes.length > 0 && bytes.length < size / 10);
    assert.equal(served.session.resources.size, 0);
  });
}

Deno.test("a handle that the driver never opens is given back when the call ends", async () => {
  await using served = await serve();
  const request = { kind: "resource", uuid: served.uuid("device") };
  const call = served.transport.raw("/jumpstarter.v1.RouterService/Stream", {
    headers: { request: JSON.stringify(request) },
  });
  const handle = JSON.parse((await call.header).get("resource")!);
  const { readable } = routerStream(call);
  await rejectsWith(served.call("device", "give", handle, "many"), Code.InvalidArgument, /bytes/);
  await rejectsWith(
    served.call("device", "take", { kind: "no" }),
    Code.InvalidArgument,
    /client_stream or presigned/,
  );
  assert.equal(served.session.resources.size, 1);
  call.cancel();
  await assert.rejects(new Response(readable).bytes());
});

Deno.test("a driver that cannot be made leaves the others working, and is tried again", async () => {
  await using served = await serve({ bad: device({ name: "ttyX", fails: true }), good: device() });
  assert.equal(await served.call("good", "greet", "you"), "hello you");
  await rejectsWith(
    served.call("bad", "greet", "you"),
    Code.Unavailable,
    /Cannot open bad: no such device: ttyX/,
  );
});

Deno.test("each reader of the log gets every line", async () => {
  await using served = await serve();
  await served.call("device", "greet", "you");
  const stop = new AbortController();
  const read = async (): Promise<string[]> => {
    const lines: string[] = [];
    for await (const line of served.exporter.logStream({}, stop)) {
      assert.equal(line.source, LogSource.DRIVER);
      lines.push(`${line.severity} ${line.message} ${line.operation} ${line.driverType}`);
      if (lines.length === 4) break;
    }
    return lines;
  };
  const readers = [read(), read()];
  await served.call("device", "nothing");
  const expected = [
    "INFO Operation started greet other",
    "INFO Operation completed greet other",
    "INFO Operation started nothing other",
    "INFO Operation completed nothing other",
  ];
  assert.deepEqual(await Promise.all(readers), [expected, expected]);
  stop.abort();
});

Deno.test("drivers are refused while nobody has the board", async () => {
  await using served = await serve();
  served.session.status.set(ExporterStatus.AVAILABLE, "Available for new lease");
  await rejectsWith(served.call("device", "nothing"), Code.FailedPrecondition, /status: AVAILABLE/);
  const status = await served.exporter.getStatus({});
  assert.equal(status.statusVersion, 2n);
  assert.equal(status.previousStatus, ExporterStatus.LEASE_READY);
  assert.equal(status.message, "Available for new lease");
});

Deno.test("drivers are reset at the start and closed at the end, children first", async () => {
  events.length = 0;
  {
    await using served = await serve({ a: device({ name: "a" }), b: device({ name: "b" }) });
    await served.session.tree.reset();
  }
  assert.deepEqual(events, ["a reset", "b reset", "b closed", "a closed"]);
});
