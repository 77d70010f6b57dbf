import assert from "node:assert/strict";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import {
  binaryValues,
  createGrpcTransport,
  type GrpcTransport,
  type GrpcTransportOptions,
} from "@jumpstarter/core/grpc";
import { EchoRequestSchema, EchoService } from "../proto/jumpstarter/test/v1/mod.ts";
import { testWith } from "../tool.ts";
import { GrpcServerProcess } from "./grpc_server_process.ts";

const MIB = 1 << 20;
const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

function someBytes(length: number, seed = 0): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (i ^ (i >> 7) ^ (i >> 16) ^ seed) * 167);
}

/** Sends `messages` on a raw call, half-closes, and gathers what comes back. */
async function exchange(
  transport: GrpcTransport,
  path: string,
  messages: readonly Uint8Array[],
): Promise<Uint8Array[]> {
  const call = transport.raw(path, { timeoutMs: 60_000 });
  const sending = (async () => {
    for (const message of messages) await call.send(NOTHING, message);
    call.closeSend();
  })();
  const received: Uint8Array[] = [];
  for (let m = await call.receive(); m !== null; m = await call.receive()) received.push(m);
  await sending;
  return received;
}

/** A unary call whose messages are bytes. */
async function rawUnary(
  transport: GrpcTransport,
  path: string,
  message: Uint8Array = NOTHING,
): Promise<Uint8Array> {
  const [response] = await exchange(transport, path, [message]);
  return response;
}

async function nextEvent(transport: GrpcTransport): Promise<string> {
  return decoder.decode(await rawUnary(transport, "/probe.Probe/NextEvent"));
}

/** Awaits the failure of a call, and checks its code. */
async function failure(code: Code, call: Promise<unknown>): Promise<ConnectError> {
  const result = await call.then((value) => ({ value }), (error) => error);
  assert.ok(result instanceof ConnectError, `expected ${Code[code]}`);
  assert.equal(Code[result.code], Code[code], result.message);
  return result;
}

for (const link of ["tcp", "tls", "unix"] as const) {
  testWith(`our client is content with grpcio as a server over ${link}`, ["python"], async (t) => {
    await using server = await GrpcServerProcess.start("grpcio");
    const ca = await Deno.readTextFile(server.caFile);
    const open = (options?: Partial<GrpcTransportOptions>, big = false): GrpcTransport =>
      createGrpcTransport({
        address: server.address(link, big),
        tls: link === "tls" ? { ca } : undefined,
        ...options,
      });
    await using transport = open();
    const echo = createClient(EchoService, transport);

    await t.step("a unary call returns what it was given", async () => {
      const data = someBytes(256);
      const response = await echo.echo({ text: "Grüße", data });
      assert.deepEqual([response.text, response.data], ["Grüße", data]);
    });

    await t.step("500 unary calls in a row, 200 at once", async () => {
      for (let i = 0; i < 500; i++) assert.equal((await echo.echo({ text: `${i}` })).text, `${i}`);
      const texts = Array.from({ length: 200 }, (_, i) => `${i}`);
      const responses = await Promise.all(texts.map((text) => echo.echo({ text })));
      assert.deepEqual(responses.map(({ text }) => text), texts);
    });

    await t.step("streams of each kind come whole and in order", async () => {
      let last = 0;
      for await (const { number } of echo.count({ to: 2000, payloadBytes: 100 })) {
        assert.equal(number, ++last);
      }
      assert.equal(last, 2000);
      const numbers = Array.from({ length: 1011 }, (_, i) => ({ number: BigInt(i - 10) }));
      const { sum, count } = await echo.sum((async function* () {
        yield* numbers;
      })());
      assert.deepEqual([sum, count], [500445n, 1011]);
      const answered: string[] = [];
      let answer = Promise.withResolvers<void>();
      const requests = async function* (): AsyncGenerator<{ text: string }> {
        for (let i = 0; i < 200; i++) {
          answer = Promise.withResolvers<void>();
          yield { text: `${i}` };
          await answer.promise;
          assert.equal(answered.length, i + 1);
        }
      };
      for await (const { text } of echo.converse(requests())) {
        answered.push(text);
        answer.resolve();
      }
      assert.deepEqual(answered, Array.from({ length: 200 }, (_, i) => `${i}`));
    });

    await t.step("bytes through RouterService.Stream come back as they were", async () => {
      const sent = Array.from({ length: 256 }, (_, i) => someBytes(65_536, i));
      const received = await exchange(transport, "/jumpstarter.v1.RouterService/Stream", sent);
      assert.deepEqual(received, sent);
    });

    await t.step("the server may end the call while the client is sending", async () => {
      const call = transport.raw("/probe.Probe/LeaveEarly");
      for (let i = 0; i < 3; i++) await call.send(NOTHING, encoder.encode("more"));
      assert.equal(decoder.decode((await call.receive())!), "enough");
      assert.equal(await call.receive(), null);
      assert.equal(await call.closed, null);
    });

    await t.step("metadata, binary too, goes both ways", async () => {
      const headers = new Headers([["x-name", "board, 1"], ["x-empty", ""]]);
      headers.append("x-raw-bin", btoa(String.fromCharCode(...Array(256).keys())));
      headers.append("x-raw-bin", btoa("\0"));
      const received: Headers[] = [];
      const keep = (metadata: Headers): void => void received.push(metadata);
      await echo.echo({}, { headers, onHeader: keep, onTrailer: keep });
      assert.equal(received.length, 2);
      for (const metadata of received) {
        assert.equal(metadata.get("echoed-x-name"), "board, 1");
        assert.equal(metadata.get("echoed-x-empty"), "");
        const values = binaryValues(metadata, "echoed-x-raw-bin");
        assert.deepEqual(values, [Uint8Array.from(Array(256).keys()), Uint8Array.of(0)]);
      }
    });

    await t.step("a cancelled call is cancelled in the handler", async () => {
      const controller = new AbortController();
      const call = echo.wait({ milliseconds: 60_000 }, { signal: controller.signal });
      assert.equal(await nextEvent(transport), "started -1");
      controller.abort();
      await failure(Code.Canceled, call);
      assert.equal(await nextEvent(transport), "cancelled");
      // Connect's clients do not cancel a call whose loop is left by `break`: the signal does.
      const counting = new AbortController();
      const numbers = echo.count({ to: 1_000_000, payloadBytes: 10_000 }, {
        signal: counting.signal,
      });
      const counted = (async () => {
        for await (const { number } of numbers) if (number === 3) counting.abort();
      })();
      await failure(Code.Canceled, counted);
      assert.equal((await echo.echo({ text: "after" })).text, "after");
    });

    await t.step("a deadline ends the call on both sides", async () => {
      const call = echo.wait({ milliseconds: 60_000 }, { timeoutMs: 300 });
      call.catch(() => {});
      const [started, remaining] = (await nextEvent(transport)).split(" ");
      assert.equal(started, "started");
      assert.ok(Number(remaining) > 0 && Number(remaining) <= 300, remaining);
      await failure(Code.DeadlineExceeded, call);
      assert.equal(await nextEvent(transport), "cancelled");
    });

    await t.step("16 MiB messages pass where both ends raised their limits", async () => {
      const limit = 32 * MIB;
      await using big = open({ maxReceiveBytes: limit, maxSendBytes: limit }, true);
      const data = someBytes(16 * MIB);
      assert.deepEqual((await createClient(EchoService, big).echo({ data })).data, data);
      assert.deepEqual(await exchange(big, "/probe.Probe/Echo", [data, NOTHING, data]), [
        data,
        NOTHING,
        data,
      ]);
    });

    await t.step(
      "a message over the default limit is refused, and the connection goes on",
      async () => {
        await using generous = open({ maxSendBytes: 64 * MIB });
        const held = generous.raw("/probe.Probe/Echo");
        await held.send(encoder.encode("before"));
        assert.equal(decoder.decode((await held.receive())!), "before");
        await failure(
          Code.ResourceExhausted,
          createClient(EchoService, generous).echo({ data: someBytes(5 * MIB) }),
        );
        const zeros = (length: number): Promise<Uint8Array> =>
          rawUnary(generous, "/probe.Probe/Zeros", encoder.encode(`${length}`));
        const error = await failure(Code.ResourceExhausted, zeros(4 * MIB + 1));
        assert.match(error.rawMessage, /4194305 vs\. 4194304/);
        assert.equal((await zeros(4 * MIB)).length, 4 * MIB);
        await failure(Code.ResourceExhausted, echo.echo({ data: someBytes(5 * MIB) }));
        await held.send(encoder.encode("after"));
        held.closeSend();
        assert.equal(decoder.decode((await held.receive())!), "after");
        assert.equal(await held.receive(), null);
      },
    );

    await t.step("every status code arrives, with its message in UTF-8", async () => {
      for (let code = 1; code <= 16; code++) {
        const message = `${code}: 100% größer\nnächste Zeile 🔌\t%41`;
        const error = await failure(code, echo.fail({ code, message }));
        assert.equal(error.rawMessage, message);
      }
    });

    await t.step("a status message of 20 KB arrives whole", async () => {
      const message = "ä".repeat(10_000);
      const error = await failure(Code.NotFound, echo.fail({ code: 5, message }));
      assert.equal(error.rawMessage, message);
    });

    await t.step("error details and trailers of an error arrive", async () => {
      const failed = rawUnary(transport, "/probe.Probe/FailWithDetail");
      const error = await failure(Code.FailedPrecondition, failed);
      assert.equal(error.rawMessage, "see details");
      assert.equal(error.metadata.get("x-hint"), "look");
      const [detail] = error.findDetails(EchoRequestSchema);
      assert.deepEqual([detail.text, detail.data], ["détail", Uint8Array.of(0, 255)]);
    });

    await t.step("messages before an error are received before it", async () => {
      const call = transport.raw("/probe.Probe/FailAfter");
      assert.equal(decoder.decode((await call.receive())!), "one");
      assert.equal(decoder.decode((await call.receive())!), "two");
      const error = await failure(Code.DataLoss, call.receive());
      assert.deepEqual([error.rawMessage, error.metadata.get("x-hint")], ["broke off", "look"]);
    });

    await t.step("unknown methods are UNIMPLEMENTED", async () => {
      await failure(Code.Unimplemented, rawUnary(transport, "/no.Service/Nothing"));
    });

    await t.step("gzip goes both ways", async () => {
      await using zipped = open({ compression: "gzip" });
      const text = "compress me ".repeat(10_000);
      const headers = { "x-compress": "gzip" };
      const client = createClient(EchoService, zipped);
      assert.equal((await client.echo({ text }, { headers })).text, text);
      assert.equal((await echo.echo({ text }, { headers })).text, text);
    });

    await t.step(
      "a server that stops lets open calls finish; later calls go to the next one",
      async () => {
        const held = transport.raw("/probe.Probe/Echo");
        await held.send(encoder.encode("before"));
        assert.equal(decoder.decode((await held.receive())!), "before");
        await server.process.writeLine("shutdown");
        // GOAWAY: its listeners are closed by now.
        while (transport.state === "ready") await new Promise((resolve) => setTimeout(resolve, 5));
        await using patient = open({ waitForReady: true });
        const options = { timeoutMs: 30_000 };
        const between = createClient(EchoService, patient).echo({ text: "between" }, options);
        await held.send(encoder.encode("after"));
        held.closeSend();
        assert.equal(decoder.decode((await held.receive())!), "after");
        assert.equal(await held.receive(), null);
        assert.equal((await between).text, "between");
        for (let i = 0; i < 20; i++) assert.equal((await echo.echo({ text: `${i}` })).text, `${i}`);
      },
    );
  });
}
