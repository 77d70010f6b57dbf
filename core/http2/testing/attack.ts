import assert from "node:assert/strict";
import type { Http2Options, OnStream } from "../api.ts";
import { echo } from "./answers.ts";
import { growthSince, memoryInUse } from "./memory.ts";
import type { Goaway, RawPeer } from "./raw_peer.ts";
import { TestServer } from "./test_server.ts";

/** What an attack meets. */
export interface AttackOptions {
  /** The server's part; {@linkcode echo} unless told. */
  onStream?: OnStream;
  /** The server's options. */
  server?: Http2Options;
  /** What the process may grow by while the attack is under way, in octets; 64 MiB unless told. */
  growth?: number;
}

/**
 * Registers a test in which `attack` runs against a server while a good client works on another connection of it. The
 * good client must never notice, and memory must not grow beyond a bound at any time.
 */
export function testAttack(
  name: string,
  attack: (server: TestServer) => Promise<void>,
  options: AttackOptions = {},
): void {
  Deno.test(name, async () => {
    const onStream: OnStream = (stream, fields, end) =>
      isBystander(fields)
        ? echo(stream, fields, end)
        : (options.onStream ?? echo)(stream, fields, end);
    await using server = new TestServer(onStream, options.server);
    await using good = await server.bystander();
    const before = memoryInUse();
    let most = 0;
    const bound = options.growth ?? 64 << 20;
    const watch = setInterval(() => most = Math.max(most, growthSince(before, bound)), 50);
    const calls = good.calls;
    try {
      await attack(server);
      await good.call();
    } finally {
      clearInterval(watch);
    }
    assert.ok(good.calls > calls);
    assert.ok(most < bound, `memory grew by ${most >>> 20} MiB`);
  });
}

function isBystander(fields: readonly (readonly [string, string])[]): boolean {
  return fields.some(([name, value]) => name === ":path" && value === "/bystander");
}

/** Floods with `octets`, up to `times` times: the server must end it with GOAWAY `code`. Returns what GOAWAY said. */
export async function floodUntilGoaway(
  peer: RawPeer,
  octets: Uint8Array | ((i: number) => Uint8Array),
  times: number,
  code: number,
): Promise<Goaway> {
  await peer.flood(octets, times);
  const survived = peer.roundTrip().catch(rethrowUnless(peer)).then(() => {
    throw new Error(`The server took all ${times} of it`);
  });
  const goaway = await Promise.race([peer.goaway(), survived]);
  assert.equal(goaway.code, code, goaway.debug);
  peer.close();
  await peer.ended;
  return goaway;
}

/** Once the connection has ended, the other side of the race tells what the server said, if it said anything. */
function rethrowUnless(peer: RawPeer): (error: unknown) => Promise<never> {
  return async (error) => {
    if (!peer.goneAway) await peer.ended;
    if (!peer.goneAway) throw error;
    return await new Promise(() => {});
  };
}

/** The same octets `times` times. */
export function repeat(octets: Uint8Array, times: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(octets.length * times);
  for (let i = 0; i < times; i++) out.set(octets, i * octets.length);
  return out;
}
