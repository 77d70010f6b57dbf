/**
 * The gRPC server that grpcurl and grpcio judge: twice, with the default limits and with 32 MiB for a message, each over
 * TCP, TLS and a unix socket. Prints `READY tcp tls unix big-tcp big-tls big-unix`; ends with its standard input.
 *
 * `deno run -A testing/judges/grpc_server.ts cert.pem key.pem folder`
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { create } from "@bufbuild/protobuf";
import { GrpcServer, HealthStatus, listenTls, type RawHandler } from "@jumpstarter/core/grpc";
import { RouterService } from "@jumpstarter/proto/v1";
import { Health } from "@jumpstarter/proto/grpc/health/v1";
import { echoService } from "../echo_service.ts";
import { EchoRequestSchema, EchoService } from "../proto/jumpstarter/test/v1/mod.ts";
import { sayReady, stdinClosed } from "../ready.ts";

const BIG = 32 << 20;
const encoder = new TextEncoder();
const NOTHING = new Uint8Array(0);

/** What becomes of calls of `Wait`, as `/probe.Probe/NextEvent` tells it: that they started, how they ended early. */
class Events {
  #told: string[] = [];
  #waiting: ((event: string) => void)[] = [];

  add(event: string): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#told.push(event);
    else waiting(event);
  }
  async next(): Promise<string> {
    return this.#told.shift() ?? await new Promise((resolve) => this.#waiting.push(resolve));
  }
}

/** Sends every message back until half-close. */
const echoMessages: RawHandler = async (call) => {
  for (let message = await call.receive(); message !== null; message = await call.receive()) {
    await call.send(message);
  }
};

/** Takes three messages, then ends the call with OK while the client is still sending. */
const leaveEarly: RawHandler = async (call) => {
  for (let i = 0; i < 3; i++) await call.receive();
  await call.send(encoder.encode("enough"));
};

/** Fails with an `EchoRequest` as detail. */
const failWithDetail: RawHandler = () => {
  const detail = { text: "détail", data: Uint8Array.of(0, 255) };
  throw new ConnectError("see details", Code.FailedPrecondition, { "x-hint": "look" }, [
    { desc: EchoRequestSchema, value: create(EchoRequestSchema, detail) },
  ]);
};

/** Sends initial metadata, then nothing until the client gives up. */
const hang: RawHandler = (call) => {
  call.sendInitialMetadata({ "x-early": "yes" });
  return new Promise((_, reject) => {
    call.signal.addEventListener("abort", () => reject(call.signal.reason), { once: true });
  });
};

/** Answers a unary call with as many zeros as its message, a decimal number, says. */
const zeros: RawHandler = async (call) => {
  const length = Number(new TextDecoder().decode(await call.receive() ?? NOTHING));
  await call.send(NOTHING, new Uint8Array(length));
};

function makeServer(maxBytes?: number): GrpcServer {
  const events = new Events();
  const health = new HealthStatus();
  const limits = { maxReceiveBytes: maxBytes, maxSendBytes: maxBytes };
  return new GrpcServer({ ...limits, reflection: true })
    .add(Health, health.service)
    .add(EchoService, {
      ...echoService,
      async wait(request, context) {
        events.add("started");
        const start = performance.now();
        try {
          return await echoService.wait(request, context);
        } catch (error) {
          const { code } = ConnectError.from(context.signal.reason);
          const remaining = Math.round(context.timeoutMs() ?? -1);
          events.add(`${Code[code]} ${Math.round(performance.now() - start)} ${remaining}`);
          throw error;
        }
      },
    })
    .addRaw(RouterService.method.stream, echoMessages)
    .addRaw("/probe.Probe/Echo", echoMessages)
    .addRaw("/probe.Probe/LeaveEarly", leaveEarly)
    .addRaw("/probe.Probe/FailWithDetail", failWithDetail)
    .addRaw("/probe.Probe/Hang", hang)
    .addRaw("/probe.Probe/Zeros", zeros)
    .addRaw("/probe.Probe/NextEvent", async (call) => {
      await call.receive();
      await call.send(encoder.encode(await events.next()));
    });
}

const [certFile, keyFile, folder] = Deno.args;
const cert = await Deno.readTextFile(certFile);
const key = await Deno.readTextFile(keyFile);
const words: (string | number)[] = [];
for (const [name, maxBytes] of [["default", undefined], ["big", BIG]] as const) {
  const server = makeServer(maxBytes);
  const net = { hostname: "127.0.0.1", port: 0 };
  const tcp = Deno.listen(net);
  const tls = await listenTls({ ...net, cert, key });
  const path = `${folder}/${name}.sock`;
  const unix = Deno.listen({ transport: "unix", path });
  for (const listener of [tcp, tls, unix]) server.serve(listener);
  words.push((tcp.addr as Deno.NetAddr).port, tls.addr.port, path);
}
sayReady(...words);
await stdinClosed();
Deno.exit(0);
