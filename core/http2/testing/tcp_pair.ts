/** Both ends of a TCP connection over the loopback, the connecting one first. */
export async function tcpPair(): Promise<[Deno.TcpConn, Deno.TcpConn]> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    return await Promise.all([connectTcp(listener.addr.port), listener.accept()]);
  } finally {
    listener.close();
  }
}

/** Connects to a port of the loopback. */
export async function connectTcp(port: number): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  conn.setNoDelay(true);
  return conn;
}
