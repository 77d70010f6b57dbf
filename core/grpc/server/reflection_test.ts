import assert from "node:assert/strict";
import { createClient, createRouterTransport, type ServiceImpl } from "@connectrpc/connect";
import { type DescService, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { ServerReflection } from "@jumpstarter/proto/grpc/reflection/v1";
import { ServerReflection as Alpha } from "@jumpstarter/proto/grpc/reflection/v1alpha";
import { ClientService } from "@jumpstarter/proto/client/v1";
import { ExporterService } from "@jumpstarter/proto/v1";
import { EchoService } from "@jumpstarter/testing/echo/v1";
import { addReflection } from "./reflection.ts";

type Info = ServiceImpl<typeof ServerReflection>["serverReflectionInfo"];
type Request = NonNullable<Parameters<Info>[0] extends AsyncIterable<infer R> ? R : never>;
type Asked = Request["messageRequest"];

/** Services with reflection over them, and what it answers to each request of one call. */
function reflected(...services: DescService[]): {
  list: DescService[];
  ask: (...asked: Asked[]) => Promise<unknown[]>;
  alpha: (asked: Asked) => Promise<unknown>;
} {
  const list = [...services];
  let impl: Info | undefined;
  addReflection({
    services: list,
    add: (service, added) => {
      list.push(service);
      impl ??= (added as unknown as { serverReflectionInfo: Info }).serverReflectionInfo;
    },
  });
  const transport = createRouterTransport(({ service }) => {
    service(ServerReflection, { serverReflectionInfo: impl! });
    service(Alpha, { serverReflectionInfo: impl! as never });
  });
  async function* requests(asked: Asked[]): AsyncIterable<{ host: string; messageRequest: Asked }> {
    for (const messageRequest of asked) yield { host: "h", messageRequest };
  }
  return {
    list,
    async ask(...asked) {
      const answers = [];
      const client = createClient(ServerReflection, transport);
      for await (const answer of client.serverReflectionInfo(requests(asked))) {
        assert.equal(answer.validHost, "h");
        answers.push(answer.messageResponse.value);
      }
      return answers;
    },
    async alpha(asked) {
      const client = createClient(Alpha, transport);
      for await (const answer of client.serverReflectionInfo(requests([asked]) as never)) {
        return answer.messageResponse.value;
      }
      return undefined;
    },
  };
}

function fileNames(answer: unknown): string[] {
  return (answer as { fileDescriptorProto: Uint8Array[] }).fileDescriptorProto
    .map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name);
}

function names(answer: unknown): string[] {
  return (answer as { service: { name: string }[] }).service.map(({ name }) => name);
}

Deno.test("reflection lists the services, itself and those added later too", async () => {
  const { list, ask, alpha } = reflected(EchoService);
  const listed = [
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
  ];
  const echo = "jumpstarter.test.v1.EchoService";
  const listServices = { case: "listServices", value: "*" } as const;
  assert.deepEqual(names((await ask(listServices))[0]), [...listed, echo]);
  assert.deepEqual(names(await alpha(listServices)), [...listed, echo]);
  list.push(ExporterService);
  assert.ok(names((await ask(listServices))[0]).includes("jumpstarter.v1.ExporterService"));
});

Deno.test("reflection finds the file of a service, method, message, field and enum value", async () => {
  const { ask } = reflected(EchoService, ClientService);
  for (
    const symbol of [
      "jumpstarter.test.v1.EchoService",
      "jumpstarter.test.v1.EchoService.Echo",
      "jumpstarter.test.v1.EchoRequest",
      "jumpstarter.test.v1.EchoRequest.text",
      ".jumpstarter.test.v1.EchoRequest",
    ]
  ) {
    const [answer] = await ask({ case: "fileContainingSymbol", value: symbol });
    assert.deepEqual(fileNames(answer), ["jumpstarter/test/v1/echo.proto"], symbol);
  }
  const value = "google.protobuf.FieldDescriptorProto.TYPE_INT32";
  const [option] = await ask({ case: "fileContainingSymbol", value });
  assert.deepEqual(fileNames(option), ["google/protobuf/descriptor.proto"]);
});

Deno.test("reflection sends what a file imports with it, once per call", async () => {
  const { ask } = reflected(ExporterService);
  const symbol = { case: "fileContainingSymbol", value: "jumpstarter.v1.ExporterService" } as const;
  const [first, second] = (await ask(symbol, symbol)).map(fileNames);
  assert.equal(first[0], "jumpstarter/v1/jumpstarter.proto");
  assert.ok(first.includes("google/protobuf/empty.proto"));
  assert.equal(new Set(first).size, first.length);
  assert.deepEqual(second, ["jumpstarter/v1/jumpstarter.proto"]);
});

Deno.test("reflection finds a file by its name, also one that is only imported", async () => {
  const { ask } = reflected(ExporterService);
  const [file] = await ask({ case: "fileByFilename", value: "google/protobuf/empty.proto" });
  assert.deepEqual(fileNames(file), ["google/protobuf/empty.proto"]);
});

Deno.test("reflection knows extensions", async () => {
  const { ask } = reflected(ClientService);
  const containingType = "google.protobuf.MethodOptions";
  const extension = (extensionNumber: number): Asked => ({
    case: "fileContainingExtension",
    value: { containingType, extensionNumber } as never,
  });
  const [numbers, none, file, unknown] = await ask(
    { case: "allExtensionNumbersOfType", value: containingType },
    { case: "allExtensionNumbersOfType", value: "jumpstarter.client.v1.Lease" },
    extension(72295728),
    extension(1),
  ) as { extensionNumber: number[]; errorCode: number }[];
  assert.ok(numbers.extensionNumber.includes(72295728), "google.api.http");
  assert.deepEqual(none.extensionNumber, []);
  assert.equal(fileNames(file)[0], "google/api/annotations.proto");
  assert.equal(unknown.errorCode, 5);
});

Deno.test("reflection answers NOT_FOUND for what it does not know, and goes on", async () => {
  const { ask } = reflected(EchoService);
  const answers = await ask(
    { case: "fileByFilename", value: "nothing.proto" },
    { case: "fileContainingSymbol", value: "no.Thing" },
    { case: "allExtensionNumbersOfType", value: "no.Thing" },
    { case: "listServices", value: "" },
  ) as { errorCode: number }[];
  assert.deepEqual(answers.slice(0, 3).map(({ errorCode }) => errorCode), [5, 5, 5]);
  assert.equal(names(answers[3]).length, 3);
});
