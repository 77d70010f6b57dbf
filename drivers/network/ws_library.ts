import type { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import * as library from "ws";

/** What is used of npm `ws`; its published types bring those of another node with them. */
export interface Socket extends EventEmitter {
  binaryType: "nodebuffer" | "arraybuffer" | "fragments";
  readonly isPaused: boolean;
  readonly readyState: number;
  close(code?: number): void;
  pause(): void;
  resume(): void;
  send(
    data: Uint8Array,
    options: { binary: boolean },
    done: (error?: Error) => void,
  ): void;
  terminate(): void;
}

interface SocketType {
  new (url: string, protocols: string[], options: { perMessageDeflate: boolean }): Socket;
  readonly OPEN: number;
  readonly CLOSED: number;
}

interface ServerType {
  new (options: {
    noServer: true;
    perMessageDeflate: boolean;
    handleProtocols: (offered: Set<string>) => string | false;
  }): {
    handleUpgrade(
      request: IncomingMessage,
      socket: Duplex,
      head: Uint8Array,
      done: (socket: Socket) => void,
    ): void;
  };
}

/** A WebSocket client. */
export const WebSocket: SocketType = (library as unknown as { WebSocket: SocketType }).WebSocket;

/** The server's side of the handshake. */
export const WebSocketServer: ServerType =
  (library as unknown as { WebSocketServer: ServerType }).WebSocketServer;
