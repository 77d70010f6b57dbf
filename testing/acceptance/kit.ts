import type { Place, Serving } from "./place.ts";

/** An exporter with the tree that the kit's client expects, see the kit's README. */
export interface KitServing extends AsyncDisposable {
  /** It. */
  readonly exporter: Serving;
}

/** Serves the kit's tree in a place, with the echo server that it wants. */
export async function serveKit(place: Place, kit: string): Promise<KitServing> {
  const echo = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = serveEcho(echo);
  const nobody = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  nobody.close();
  await Deno.mkdir(`${place.folder}/data/storage`, { recursive: true });
  const values: Record<string, string> = {
    ECHO_PORT: String(echo.addr.port),
    CLOSED_PORT: String(nobody.addr.port),
    DATA_DIR: `${place.folder}/data`,
  };
  const yaml = (await Deno.readTextFile(`${kit}/exporter.yaml`))
    .replace(/\$\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  const exporter = await place.serveFile(yaml);
  return {
    exporter,
    async [Symbol.asyncDispose](): Promise<void> {
      await exporter[Symbol.asyncDispose]();
      echo.close();
      await serving;
    },
  };
}

/** Sends back what comes; ends what the other end has ended. */
export async function serveEcho(listener: Deno.TcpListener): Promise<void> {
  const open: Promise<void>[] = [];
  for await (const conn of listener) {
    open.push(conn.readable.pipeTo(conn.writable).catch(() => {}));
  }
  await Promise.all(open);
}
