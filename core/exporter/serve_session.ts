import type { Logger } from "../driver/mod.ts";
import { GrpcServer, type GrpcServerOptions } from "../grpc/mod.ts";
import type { Listening } from "./listen_address.ts";
import type { Session } from "./session.ts";

/**
 * Serves a session on a listener.
 *
 * @param log gets the errors that no client is told about
 * @param requestGate looks at each call first
 */
export function serveSession(
  session: Session,
  { listener }: Listening,
  log: Logger,
  requestGate?: GrpcServerOptions["requestGate"],
): GrpcServer {
  const onUnexpectedError = (error: unknown, path: string): void => {
    const what = error instanceof Error ? error.stack ?? error.message : String(error);
    log.error(`Unexpected error${path === "" ? "" : ` in ${path}`}: ${what}`);
  };
  const server = new GrpcServer({ requestGate, onUnexpectedError });
  session.install(server);
  server.serve(listener);
  return server;
}

/** Stops listening, and removes what that leaves behind. */
export function closeListening({ listener, cleanUp }: Listening): void {
  try {
    listener.close();
  } catch {
    // Its server closed it.
  }
  cleanUp();
}
