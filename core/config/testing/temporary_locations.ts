import type { ConfigLocations } from "../mod.ts";

/** Places for configuration files that are gone afterwards. */
export async function temporaryLocations(): Promise<
  AsyncDisposable & { locations: ConfigLocations }
> {
  const base = await Deno.makeTempDir({ prefix: "jumpstarter-" });
  return {
    locations: {
      user: `${base}/home/config.yaml`,
      clients: `${base}/home/clients`,
      exporters: `${base}/home/exporters`,
      systemExporters: `${base}/system`,
    },
    [Symbol.asyncDispose]: () => Deno.remove(base, { recursive: true }),
  };
}
