import { setImmediate } from "node:timers";

/**
 * Work of all calls together after which the event loop gets a turn, in messages: about 1 ms.
 * Without it, a window full of tiny messages is seconds of work in one go, since handlers that find
 * the next message there go on in microtasks, and timers, other calls and other connections wait.
 */
const MESSAGES_PER_TURN = 256;

let spent = 0;
let waiting: (() => void)[] = [];

/** Whether work may be done in this turn of the event loop; otherwise wait for {@linkcode whenTurned}. */
export function mayWork(): boolean {
  return spent < MESSAGES_PER_TURN;
}

/** Tells of work done; `inflated` are the bytes that were decompressed (4 KiB cost as much as a message). */
export function worked(inflated = 0): void {
  const before = spent;
  spent += 1 + (inflated >>> 12);
  if (before < MESSAGES_PER_TURN && spent >= MESSAGES_PER_TURN) setImmediate(turned);
}

/** Calls back once work may be done again; only when {@linkcode mayWork} has said no. Must not throw. */
export function whenTurned(callback: () => void): void {
  waiting.push(callback);
}

function turned(): void {
  spent = 0;
  const callbacks = waiting;
  waiting = [];
  for (let i = 0; i < callbacks.length; i++) callbacks[i]();
}
