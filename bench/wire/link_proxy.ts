import type { ChildProcess } from "../harness/child_process.ts";
import { startDeno } from "./programs.ts";

/** Round trip of the slow link, in ms. */
export const LINK_ROUND_TRIP_MS = 50;

/** A running link: dial `address` to reach the target through it. */
export interface Link extends AsyncDisposable {
  /** `host:port` of its near end. */
  readonly address: string;
}

/** Puts a link of {@linkcode LINK_ROUND_TRIP_MS} in front of `target` (`host:port`), in a process of its own. */
export async function startLink(target: string): Promise<Link> {
  const oneWay = String(LINK_ROUND_TRIP_MS / 2);
  const proxy: ChildProcess = await startDeno("../testing/delay_proxy.ts", [target, oneWay]);
  return {
    address: `127.0.0.1:${proxy.address}`,
    [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose](),
  };
}
