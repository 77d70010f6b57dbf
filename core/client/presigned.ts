/** A request that somebody may make because its URL says so, until it expires. */
export interface PresignedRequest {
  /** Where; taken as it is, so that its signature stays good. */
  readonly url: string;
  /** `GET` for what the driver reads, `PUT` for what it writes. */
  readonly method: "GET" | "PUT";
  /** What the exporter sends along. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The handle of a file that the exporter itself fetches, or puts: nothing goes through the client (core-spec §5.4). */
export function presignedHandle({ url, method, headers = {} }: PresignedRequest): string {
  return JSON.stringify({ kind: "presigned_request", headers, url, method });
}
