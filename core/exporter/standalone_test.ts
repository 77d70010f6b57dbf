import assert from "node:assert/strict";
import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { ExporterService, ExporterStatus, LogSource } from "@jumpstarter/proto/v1";
import { makeCertificates } from "@jumpstarter/testing/certs";
import { parseExporterConfig } from "../config/mod.ts";
import { DriverConfigError, DriverRegistry, type LogRecord } from "../driver/mod.ts";
import { createGrpcTransport } from "../grpc/mod.ts";
import { pollerIdle } from "../tty/mod.ts";
import { serveStandalone, type StandaloneExporter, type StandaloneOptions } from "./standalone.ts";
import { PASSPHRASE_HEADER } from "./passphrase_gate.ts";
import { events, TestDevice } from "./testing/test_device.ts";

const HEAD = "metadata: { namespace: default, name: board }\n";
const BOARD = `${HEAD}export: { device: { type: test.TestDevice } }\n`;

interface Running extends AsyncDisposable {
  readonly exporter: StandaloneExporter;
  /** What it wrote to its log. */
  readonly records: LogRecord[];
  /** Its exit code. */
  readonly ended: Promise<number>;
  /** Talks to it. */
  client(
    options?: { passphrase?: string; tls?: { ca: string } },
  ): ReturnType<typeof createClient<typeof ExporterService>>;
  stop(): void;
  force(): void;
}

async function run(yaml: string, options: Partial<StandaloneOptions> = {}): Promise<Running> {
  const stop = new AbortController();
  const force = new AbortController();
  const records: LogRecord[] = [];
  const listening = Promise.withResolvers<StandaloneExporter>();
  const ended = serveStandalone({
    config: parseExporterConfig(yaml, "board.yaml").config,
    registry: new DriverRegistry().add(TestDevice),
    listen: { hostname: "127.0.0.1", port: 0 },
    signal: stop.signal,
    force: force.signal,
    sink: (record) => records.push(record),
    onListening: listening.resolve,
    ...options,
  });
  ended.catch(listening.reject);
  const exporter = await listening.promise;
  const transports: { close(): void }[] = [];
  return {
    exporter,
    records,
    ended,
    client({ passphrase, tls } = {}) {
      const withPassphrase: Interceptor = (next) => (request) => {
        if (passphrase !== undefined) request.header.set(PASSPHRASE_HEADER, passphrase);
        return next(request);
      };
      const path = exporter.address.startsWith("/") ? "unix:" : "";
      const transport = createGrpcTransport({
        address: path + exporter.address,
        interceptors: [withPassphrase],
        tls: tls && { ca: tls.ca },
      });
      transports.push(transport);
      return createClient(ExporterService, transport);
    },
    stop: () => stop.abort(),
    force: () => force.abort(),
    async [Symbol.asyncDispose](): Promise<void> {
      stop.abort();
      force.abort();
      await ended;
      for (const transport of transports) transport.close();
      await pollerIdle();
    },
  };
}

/** Resolves with the status once it is one of `statuses`. */
function until({ session }: StandaloneExporter, ...statuses: ExporterStatus[]): Promise<string> {
  return new Promise((resolve) => {
    const look = ({ status, message }: { status: ExporterStatus; message: string }): void => {
      if (!statuses.includes(status)) return;
      unsubscribe();
      resolve(message);
    };
    const unsubscribe = session.status.subscribe(look);
    look(session.status.now);
  });
}

const messages = ({ records }: Running): string[] => records.map(({ message }) => message);

Deno.test("without hooks the board is ready as soon as it listens, and its drivers are closed at the end", async () => {
  events.length = 0;
  await using running = await run(BOARD);
  const { status, message } = await running.client().getStatus({});
  assert.equal(status, ExporterStatus.LEASE_READY);
  assert.equal(message, "Ready for commands");
  running.stop();
  assert.equal(await running.ended, 0);
  assert.deepEqual(events, ["device reset", "device closed"]);
  assert.equal(running.exporter.session.status.now.message, "Exporter shutting down");
});

Deno.test("the hooks run around the session, and their lines are in its log with their source", async () => {
  await using running = await run(`${BOARD}hooks:
  beforeLease: { script: 'echo before $LEASE_NAME "<$CLIENT_NAME>" $TERM; tty' }
  afterLease: { script: 'echo after; test -S $JUMPSTARTER_HOST && echo socket' }
`);
  await until(running.exporter, ExporterStatus.LEASE_READY);
  const lines: [LogSource, string][] = [];
  const reading = (async () => {
    for await (const { source, message } of running.client().logStream({})) {
      lines.push([source ?? LogSource.UNSPECIFIED, message]);
      if (message.startsWith("/dev/pts/")) running.stop();
    }
  })();
  assert.equal(await running.ended, 0);
  await reading;
  const of = (wanted: LogSource) =>
    lines.filter(([source]) => source === wanted).map(([, text]) => text);
  const [before, terminal] = of(LogSource.BEFORE_LEASE_HOOK);
  assert.equal(before, "before standalone <> dumb");
  assert.match(terminal, /^\/dev\/pts\/\d+$/);
  assert.deepEqual(of(LogSource.AFTER_LEASE_HOOK), ["after", "socket"]);
});

Deno.test("statuses and their messages are upstream's", async () => {
  await using running = await run(`${BOARD}hooks:
  beforeLease: { script: 'read forever', timeout: 60 }
  afterLease: { script: exit 3 }
`);
  const seen: string[] = [];
  const note = () => {
    const { status, message } = running.exporter.session.status.now;
    seen.push(`${ExporterStatus[status]}: ${message}`);
  };
  note();
  running.exporter.session.status.subscribe(note);
  running.stop();
  assert.equal(await running.ended, 0);
  assert.deepEqual(seen, [
    "BEFORE_LEASE_HOOK: Running beforeLease hook",
    "AFTER_LEASE_HOOK: Running afterLease hooks",
    "AVAILABLE: [HOOK_WARNING] afterLease hook warning: Hook failed with exit code 3",
    "OFFLINE: Exporter shutting down",
  ]);
});

Deno.test("a hook that fails and does not matter leaves a warning", async () => {
  await using running = await run(`${BOARD}hooks: { beforeLease: { script: exit 4 } }\n`);
  assert.equal(
    await until(running.exporter, ExporterStatus.LEASE_READY),
    "[HOOK_WARNING] beforeLease hook warning: Hook failed with exit code 4",
  );
  assert.ok(
    messages(running).includes("Hook failed with exit code 4 (on_failure=warn, continuing)"),
  );
});

Deno.test("a hook that takes too long leaves a warning", async () => {
  await using running = await run(
    `${BOARD}hooks: { beforeLease: { script: "echo HOOK_TIMEOUT; sleep 3600", timeout: 1 } }\n`,
  );
  assert.equal(
    await until(running.exporter, ExporterStatus.LEASE_READY),
    "[HOOK_WARNING] beforeLease hook warning: Hook timed out after 1 seconds",
  );
  assert.ok(messages(running).includes("HOOK_TIMEOUT"));
});

for (const [onFailure, text] of [["endLease", "endLease"], ["exit", "exit, shutting down"]]) {
  Deno.test(`a hook before the lease that fails with ${onFailure} ends the exporter, not the other hook`, async () => {
    await using running = await run(`${BOARD}hooks:
  beforeLease: { script: exit 1, onFailure: ${onFailure} }
  afterLease: { script: echo AFTER_SHOULD_NOT_RUN }
`);
    assert.equal(
      await until(running.exporter, ExporterStatus.BEFORE_LEASE_HOOK_FAILED),
      `beforeLease hook failed (on_failure=${text}): Hook failed with exit code 1`,
    );
    assert.equal(await running.ended, 1);
    assert.ok(!messages(running).includes("AFTER_SHOULD_NOT_RUN"));
  });
}

Deno.test("what the hook before the lease writes becomes part of the message of the day", async () => {
  await using running = await run(`${BOARD}motd: hello
hooks: { beforeLease: { script: 'echo " from the hook " >$JMP_MOTD_FILE' } }
`);
  await until(running.exporter, ExporterStatus.LEASE_READY);
  assert.equal((await running.client().getReport({})).motd, "hello\nfrom the hook");
});

Deno.test("a client cannot end the session of a board that stands alone", async () => {
  await using running = await run(`${BOARD}hooks: { afterLease: { script: echo AFTER } }\n`);
  assert.equal((await running.client().endSession({})).success, false);
  assert.equal((await running.client().getStatus({})).status, ExporterStatus.LEASE_READY);
  running.stop();
  await running.ended;
  assert.ok(messages(running).includes("AFTER"));
});

Deno.test("a passphrase keeps strangers out, and is in no log", async () => {
  await using running = await run(BOARD, { passphrase: "open sesame" });
  for (const passphrase of [undefined, "", "open sesam", "open sesame!"]) {
    await assert.rejects(running.client({ passphrase }).getReport({}), (error) => {
      assert.ok(error instanceof ConnectError);
      assert.equal(error.code, Code.Unauthenticated);
      assert.equal(error.rawMessage, "invalid or missing passphrase");
      return true;
    });
  }
  assert.equal(
    (await running.client({ passphrase: "open sesame" }).getReport({})).reports.length,
    2,
  );
  const refusals = messages(running).filter((line) => line.startsWith("authentication failed"));
  assert.deepEqual(
    refusals,
    Array(4).fill(
      "authentication failed: invalid or missing passphrase for method /jumpstarter.v1.ExporterService/GetReport",
    ),
  );
  assert.ok(!JSON.stringify(running.records).includes("sesam"));
});

Deno.test("hooks reach the board without the passphrase, through a folder of this user's only", async () => {
  await using running = await run(
    `${BOARD}hooks: { beforeLease: { script: 'stat -c "%a" $(dirname $JUMPSTARTER_HOST); echo $JUMPSTARTER_HOST; read x' } }\n`,
    { passphrase: "open sesame" },
  );
  const path = await firstLine(running, /^\/.*socket$/);
  const transport = createGrpcTransport({ address: `unix:${path}` });
  const { reports } = await createClient(ExporterService, transport).getReport({});
  assert.equal(reports.length, 2);
  transport.close();
  assert.ok(messages(running).includes("700"));
  running.stop();
  await running.ended;
  await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
});

async function firstLine({ exporter }: Running, pattern: RegExp): Promise<string> {
  for await (const item of exporter.session.logs.read()) {
    if ("message" in item && pattern.test(item.message)) return item.message;
  }
  throw new Error(`no line like ${pattern}`);
}

Deno.test("it serves over TLS", async () => {
  const { ca, server } = await makeCertificates();
  await using running = await run(BOARD, { tls: server });
  assert.equal((await running.client({ tls: { ca: ca.cert } }).getReport({})).reports.length, 2);
});

Deno.test("it serves on a unix socket, and removes it", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/board.sock`;
  await using running = await run(BOARD, { listen: { path } });
  assert.equal((await running.client().getReport({})).reports.length, 2);
  running.stop();
  await running.ended;
  await Deno.remove(folder);
});

Deno.test("a port in use is a clear error before any device is touched", async () => {
  events.length = 0;
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  await assert.rejects(run(BOARD, { listen: { hostname: "127.0.0.1", port } }), {
    message: `Cannot listen on 127.0.0.1:${port}: somebody else does`,
  });
  assert.deepEqual(events, []);
});

Deno.test("a device that is missing does not keep the others from working", async () => {
  await using running = await run(`${HEAD}export:
  good: { type: test.TestDevice }
  bad: { type: test.TestDevice, config: { name: /dev/nothing, fails: true } }
`);
  assert.equal((await running.client().getReport({})).reports.length, 3);
  assert.ok(messages(running).some((line) => /bad.*no such device: \/dev\/nothing/.test(line)));
});

Deno.test("configuration that is wrong is an error that names the place, and frees the port", async () => {
  await assert.rejects(
    run(`${HEAD}export: { device: { type: test.TestDevise } }\n`),
    (error) =>
      error instanceof DriverConfigError && error.problems[0].path.join() === "export,device,type",
  );
});

Deno.test("force ends a hook that would not", async () => {
  await using running = await run(
    `${BOARD}hooks: { afterLease: { script: "trap '' TERM HUP; echo stubborn; sleep 1000" } }\n`,
  );
  running.stop();
  await firstLine(running, /^stubborn$/);
  running.force();
  assert.equal(await running.ended, 0);
});
