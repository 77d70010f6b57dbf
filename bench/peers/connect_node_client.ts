import type { MessageInitShape } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { ExporterService, RouterService, type StreamRequestSchema } from "@jumpstarter/proto/v1";
import type { Figures } from "../harness/measurement.ts";
import { PIECE, PIECE_BYTES } from "../worker/byte_jobs.ts";
import { serveOperations } from "../worker/command_loop.ts";
import { driverCalls } from "../worker/driver_calls.ts";
import { mebibytesPerSecond, sampleLatency } from "../worker/timing.ts";

/** connect-node's stock gRPC transport in Deno. */
const transport = createGrpcTransport({ baseUrl: `http://${Deno.args[0]}` });
const router = createClient(RouterService, transport);

async function echo(seconds: number): Promise<Figures> {
  let sent = 0;
  const start = performance.now();
  async function* requests(): AsyncGenerator<MessageInitShape<typeof StreamRequestSchema>> {
    for (const end = start + seconds * 1000; performance.now() < end; sent += PIECE_BYTES) {
      yield await Promise.resolve({ payload: PIECE });
    }
  }
  let received = 0;
  for await (const { payload } of router.stream(requests())) received += payload.length;
  if (received !== sent) throw new Error(`${sent} bytes went out, ${received} came back`);
  return { mib_s: mebibytesPerSecond(sent, start) };
}

async function ping(seconds: number): Promise<Figures> {
  let wanted = Promise.withResolvers<boolean>();
  async function* requests(): AsyncGenerator<MessageInitShape<typeof StreamRequestSchema>> {
    while (await wanted.promise) {
      wanted = Promise.withResolvers();
      yield { payload: PIECE.subarray(0, 1) };
    }
  }
  const responses = router.stream(requests())[Symbol.asyncIterator]();
  const figures = await sampleLatency(seconds, async () => {
    wanted.resolve(true);
    await responses.next();
  });
  wanted.resolve(false);
  await responses.next();
  return figures;
}

await serveOperations({
  ...driverCalls(createClient(ExporterService, transport)),
  echo: ({ seconds }) => echo(seconds),
  ping: ({ seconds }) => ping(seconds),
});
