import { type ByteStream, type CallOptions, DriverClient } from "@jumpstarter/core/client";
import { NetworkInterface } from "@jumpstarter/proto/driver/network/v1";
import { Console, type ConsoleOptions } from "./console.ts";
import {
  forwardTcp,
  forwardUnix,
  type PortForward,
  type TcpForwardOptions,
  type UnixForward,
  type UnixForwardOptions,
} from "./forward.ts";
import type { UdpForwardOptions } from "./forward_udp.ts";
import type { NovncOptions, NovncServer } from "./novnc.ts";
import type { SshOptions, SshSession } from "./ssh_session.ts";

/** The client of network drivers. */
export class NetworkClient extends DriverClient {
  /**
   * The address, as the exporter reaches it: `tcp://192.0.2.1:22`.
   *
   * @throws {ConnectError} INVALID_ARGUMENT where the exporter's file forbids it; NOT_FOUND or UNIMPLEMENTED where there is none
   */
  async address(options?: CallOptions): Promise<string> {
    return (await this.node.typed(NetworkInterface).address({}, options)).address;
  }

  /** Makes a new connection. */
  connect(options?: { signal?: AbortSignal }): Promise<ByteStream> {
    return this.node.stream("connect", options);
  }

  /** Makes a new connection, and a console on it. */
  async console(options: ConsoleOptions & { signal?: AbortSignal } = {}): Promise<Console> {
    return new Console(await this.connect({ signal: options.signal }), options);
  }

  /** See {@linkcode forwardTcp}. */
  forwardTcp(options?: TcpForwardOptions): PortForward {
    return forwardTcp(this.node, options);
  }

  /** See {@linkcode forwardUnix}. */
  forwardUnix(options?: UnixForwardOptions): Promise<UnixForward> {
    return forwardUnix(this.node, options);
  }

  /** See `forwardUdp`. */
  async forwardUdp(options?: UdpForwardOptions): Promise<PortForward> {
    const { forwardUdp } = await import("./forward_udp.ts");
    return await forwardUdp(this.node, options);
  }

  /** See `openSsh`. */
  async ssh(options: SshOptions): Promise<SshSession> {
    const { openSsh } = await import("./ssh_session.ts");
    return await openSsh(this.node, options);
  }

  /** See `serveNovnc`. */
  async novnc(options?: NovncOptions): Promise<NovncServer> {
    const { serveNovnc } = await import("./novnc.ts");
    return await serveNovnc(this.node, options);
  }
}
