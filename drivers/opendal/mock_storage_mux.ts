import {
  defineDriver,
  type DriverCall,
  type DriverDefinition,
  type DriverHooks,
  type DriverMethods,
} from "@jumpstarter/core/driver";
import {
  StorageMuxInterface,
  type StorageMuxInterfaceReadRequest,
  type StorageMuxInterfaceWriteRequest,
} from "@jumpstarter/proto/driver/storage_mux/v1";
import { z } from "zod";
import { BlockWriter, fileSource, writeAll } from "../flasher/mod.ts";

/** A mux that switches nothing; its medium is a file that goes with the session. */
class MockStorageMuxDriver implements DriverMethods<typeof StorageMuxInterface>, DriverHooks {
  readonly #path: Promise<string> = Deno.makeTempFile({ prefix: "jumpstarter-mux-" });
  #turn: Promise<void> = Promise.resolve();

  host(): void {}

  dut(): void {}

  off(): void {}

  async write({ src }: StorageMuxInterfaceWriteRequest, call: DriverCall): Promise<void> {
    const path = await this.#path;
    await using resource = await call.resource(src);
    using _turn = await this.#myTurn();
    using file = await Deno.open(path, { write: true, truncate: true });
    const blocks = new BlockWriter((block) => writeAll(file, block));
    try {
      for await (const chunk of resource.readable) {
        call.signal.throwIfAborted();
        const written = blocks.write(chunk);
        if (written !== undefined) await written;
      }
      await blocks.flush();
    } finally {
      await blocks.stop();
    }
  }

  async read({ dst }: StorageMuxInterfaceReadRequest, call: DriverCall): Promise<void> {
    await using resource = await call.resource(dst);
    using _turn = await this.#myTurn();
    const source = fileSource(await Deno.open(await this.#path));
    await source.pipeTo(resource.writable, { signal: call.signal });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(await this.#path);
  }

  /** One transfer at a time: one that was cancelled is over before the next one begins. */
  async #myTurn(): Promise<Disposable> {
    const before = this.#turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = promise;
    await before;
    return { [Symbol.dispose]: resolve };
  }
}

/** A storage mux without a medium: what was written can be read. */
export const MockStorageMux: DriverDefinition = defineDriver({
  type: "jumpstarter_driver_opendal.driver.MockStorageMux",
  client: "jumpstarter_driver_opendal.client.StorageMuxClient",
  category: "storage",
  interfaces: [StorageMuxInterface],
  config: z.strictObject({}),
  create: () => new MockStorageMuxDriver(),
});

/** The same for clients that flash through it. */
export const MockStorageMuxFlasher: DriverDefinition = {
  ...MockStorageMux,
  type: "jumpstarter_driver_opendal.driver.MockStorageMuxFlasher",
  client: "jumpstarter_driver_opendal.client.StorageMuxFlasherClient",
};
