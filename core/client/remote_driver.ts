import type { DescService, JsonValue } from "@bufbuild/protobuf";
import { ExporterService } from "@jumpstarter/proto/v1";
import { jsonToValue, valueToJson } from "../driver/internal_mod.ts";
import { clientStream, STREAM_PATH } from "./byte_stream.ts";
import type { Connection } from "./connection.ts";
import { DeviceError, type FailurePlace } from "./device_error.ts";
import { download } from "./download.ts";
import type { TypedDriver } from "./driver_client.ts";
import type { ByteStream, CallOptions, DriverNode, TransferOptions } from "./driver_node.ts";
import type { ReportNode } from "./report_tree.ts";
import { typedDriver } from "./typed_driver.ts";
import { upload } from "./upload.ts";

/** Label of our exporters' reports: the services that are served natively. */
const INTERFACES = "jumpstarter.dev/interfaces";

/** A driver behind a connection. */
export class RemoteDriver implements DriverNode {
  readonly uuid: string;
  readonly name: string;
  readonly path: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly description: string | undefined;
  readonly methodsDescription: Readonly<Record<string, string>>;
  readonly children: ReadonlyMap<string, DriverNode>;
  readonly clientClass: string;
  readonly interfaces: readonly string[];
  readonly #connection: Connection;

  /** The driver of a report, with those below it. */
  constructor(
    connection: Connection,
    node: ReportNode,
    children: ReadonlyMap<string, DriverNode>,
  ) {
    const { report } = node;
    this.#connection = connection;
    this.uuid = report.uuid;
    this.name = node.name;
    this.path = node.path;
    this.labels = report.labels;
    this.description = report.description || undefined;
    this.methodsDescription = report.methodsDescription;
    this.children = children;
    this.clientClass = report.labels["jumpstarter.dev/client"] ?? "";
    this.interfaces = (report.labels[INTERFACES] ?? "").split(",").filter((name) => name !== "");
  }

  async call(
    method: string,
    args: readonly JsonValue[] = [],
    options: CallOptions = {},
  ): Promise<JsonValue> {
    const request = { uuid: this.uuid, method, args: args.map(jsonToValue) };
    const context = { ...options, place: this.#place(method) };
    const response = await this.#connection.unary(
      ExporterService.method.driverCall,
      request,
      context,
    );
    return valueToJson(response.result);
  }

  async *callStreaming(
    method: string,
    args: readonly JsonValue[] = [],
    options: CallOptions = {},
  ): AsyncGenerator<JsonValue, void, undefined> {
    const request = { uuid: this.uuid, method, args: args.map(jsonToValue) };
    const context = { ...options, place: this.#place(method) };
    const { streamingDriverCall } = ExporterService.method;
    for await (const item of this.#connection.serverStream(streamingDriverCall, request, context)) {
      yield valueToJson(item.result);
    }
  }

  async stream(method = "connect", options: { signal?: AbortSignal } = {}): Promise<ByteStream> {
    const request = JSON.stringify({ kind: "driver", uuid: this.uuid, method });
    const call = this.#connection.raw(STREAM_PATH, { request }, options.signal);
    try {
      await call.header;
    } catch (error) {
      throw DeviceError.of(error, this.#place(method));
    }
    return clientStream(call, this.#place(method));
  }

  withUpload<T>(
    source: ReadableStream<Uint8Array>,
    use: (handle: string, signal: AbortSignal) => Promise<T>,
    options?: TransferOptions,
  ): Promise<T> {
    return upload(this.#connection, this.uuid, source, use, options);
  }

  withDownload<T>(
    sink: WritableStream<Uint8Array>,
    use: (handle: string, signal: AbortSignal) => Promise<T>,
    options?: TransferOptions,
  ): Promise<T> {
    return download(this.#connection, this.uuid, sink, use, options);
  }

  typed<S extends DescService>(service: S): TypedDriver<S> {
    return typedDriver(service, this, this.#connection);
  }

  #place(method: string): FailurePlace {
    return { path: this.path, method, byName: true };
  }
}
