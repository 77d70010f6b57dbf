import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import type { Duplex } from "@jumpstarter/core/stream";

/** Bytes of datagrams kept for a reader that is slow; more are dropped, as any host on the way would. */
const QUEUE_BYTES = 1 << 20;

/** A socket that sends to one address and receives from it only. */
export async function connectUdp(host: string, port: number): Promise<Duplex> {
  const { address, family } = await lookup(host);
  const socket = createSocket(family === 6 ? "udp6" : "udp4");
  await new Promise<void>((resolve, reject) => {
    socket.once("error", (error) => {
      socket.close();
      reject(error);
    });
    socket.connect(port, address, resolve);
  });
  socket.removeAllListeners("error");
  return datagramDuplex(socket, address, port);
}

function datagramDuplex(socket: Socket, address: string, port: number): Duplex {
  let open = true;
  let source: ReadableStreamDefaultController<Uint8Array>;
  const close = (): void => {
    if (open) socket.close();
    open = false;
  };
  // The destination may not listen yet: a datagram that is refused is lost like any other.
  socket.on("error", () => {});
  socket.on("message", (datagram, from) => {
    if (from.port !== port || from.address !== address) return;
    if (open && source.desiredSize! > 0) source.enqueue(new Uint8Array(datagram));
  });
  const readable = new ReadableStream<Uint8Array>({
    start(controller): void {
      source = controller;
    },
    cancel: close,
  }, new ByteLengthQueuingStrategy({ highWaterMark: QUEUE_BYTES }));
  const writable = new WritableStream<Uint8Array>({
    write(datagram): Promise<void> {
      return new Promise((resolve) => {
        if (!open) return resolve();
        socket.send(datagram, () => resolve());
      });
    },
    abort(reason): void {
      if (open) source.error(reason);
      close();
    },
  });
  return { readable, writable };
}
