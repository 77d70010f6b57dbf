import {
  defineDriver,
  type DriverCall,
  type DriverDefinition,
  type DriverHooks,
  type DriverMethods,
} from "@jumpstarter/core/driver";
import {
  FlasherInterface,
  type FlasherInterfaceDumpRequest,
  type FlasherInterfaceFlashRequest,
} from "@jumpstarter/proto/driver/flasher/v1";
import { z } from "zod";
import { fileSource, openSink } from "../flasher/mod.ts";

/** Keeps one image for each target, in a folder that goes with the session. */
class MockFlasherDriver implements DriverMethods<typeof FlasherInterface>, DriverHooks {
  readonly #folder: Promise<string> = Deno.makeTempDir({ prefix: "jumpstarter-flasher-" });

  async flash({ source, target }: FlasherInterfaceFlashRequest, call: DriverCall): Promise<void> {
    const path = await this.#path(target);
    await using resource = await call.resource(source);
    await resource.readable.pipeTo(await openSink(path), { signal: call.signal });
  }

  async dump({ target, partition }: FlasherInterfaceDumpRequest, call: DriverCall): Promise<void> {
    const path = await this.#path(partition);
    const file = await Deno.open(path).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new Error(`Cannot dump: nothing was flashed to '${partition ?? DEFAULT}'`);
    });
    const source = fileSource(file);
    await using resource = await call.resource(target);
    await source.pipeTo(resource.writable, { signal: call.signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(await this.#folder, { recursive: true });
  }

  async #path(target = DEFAULT): Promise<string> {
    // Whatever the name is, it is one file's name: `%2F` is no way out.
    const name = encodeURIComponent(target).replaceAll(".", "%2E").slice(0, 200);
    return `${await this.#folder}/${name}`;
  }
}

const DEFAULT = "default";

/** A flasher that flashes nothing: what was flashed to a target can be dumped from there. */
export const MockFlasher: DriverDefinition = defineDriver({
  type: "jumpstarter_driver_opendal.driver.MockFlasher",
  client: "jumpstarter_driver_opendal.client.FlasherClient",
  category: "storage",
  interfaces: [FlasherInterface],
  config: z.strictObject({}),
  create: () => new MockFlasherDriver(),
});
