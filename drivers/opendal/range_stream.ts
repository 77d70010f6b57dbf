/** The body of a response, without its first bytes where the server sent more than was asked for. */
export function bodyFrom(
  response: Response,
  position: number,
): ReadableStream<Uint8Array> {
  const body = response.body ?? new Blob([]).stream();
  // 206: the server begins where it was asked to; 200: it begins at the start.
  let skip = response.status === 206 ? 0 : position;
  if (skip === 0) return body;
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller): void {
        if (skip < chunk.length) controller.enqueue(chunk.subarray(skip));
        skip = Math.max(0, skip - chunk.length);
      },
    }),
  );
}

/** Opens a stream when somebody reads it. */
export function deferred(
  open: () => Promise<ReadableStream<Uint8Array>>,
): ReadableStream<Uint8Array> {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  return new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      reader ??= (await open()).getReader();
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel(reason): Promise<void> {
      await reader?.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

/** The path of a URL for a file: each of its characters stands for itself. */
export function encodePath(path: string): string {
  return path.split("/").map((segment) =>
    encodeURIComponent(segment).replace(
      /[!'()*]/g,
      (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
    )
  ).join("/");
}
