import { connectTcp as connect } from "@jumpstarter/core/grpc";
import { connectFailure } from "./connect_failure.ts";
import { formatHostPort } from "./host_port.ts";

/**
 * Connects over TCP, with Nagle's delay off. All addresses of a name are tried.
 *
 * @throws {Error} that names the address, or the signal's reason
 */
export async function connectTcp(
  hostname: string,
  port: number,
  signal?: AbortSignal,
): Promise<Deno.TcpConn> {
  try {
    return await connect(hostname, port, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw connectFailure(`tcp://${formatHostPort(hostname, port)}`, error);
  }
}
