import { serveDriver } from "@jumpstarter/testing/serve_driver";
import { Composite } from "@jumpstarter/core/driver";
import { EchoNetwork, TcpNetwork } from "/work/main/drivers/network/driver.ts";
import { Shell } from "/work/main/drivers/shell/driver.ts";
import { MockPower } from "/work/main/drivers/power/driver.ts";
import { echo, tcpServer } from "/work/main/drivers/network/fixture_test.ts";
const server = tcpServer(echo);
const l = Deno.listen({hostname:"127.0.0.1",port:0}); const closed = l.addr.port; l.close();
const device = await serveDriver(Composite, { children: {
  power: { definition: MockPower },
  echo: { definition: EchoNetwork }, tcp: { definition: TcpNetwork, config: {host:"127.0.0.1", port: server.port}},
  refused: { definition: TcpNetwork, config: {host:"127.0.0.1", port: closed, enable_address:false}},
  shell: { definition: Shell, config: { methods: { hello: 'echo "hello $1"', env: 'printf "%s" "$PEER_VAR"', fails: "echo oops >&2; exit 7", ticks: {command: "for i in $(seq 1 600); do echo tick $i; sleep 0.1; done", description: "one line every 100 ms for a minute"}}}},
}});
const out = await new Deno.Command(Deno.env.get("HOME")+"/.cache/jmp-peer/venv/bin/python", { args: ["/work/shared/peer/interop_client.py", device.address, "--only", "network_echo,network_half_close,network_address,network_refused,port_forward,shell"], env: {JMP_DRIVERS_ALLOW:"UNSAFE", JMP_GRPC_INSECURE:"1"}, stdout:"inherit", stderr:"inherit"}).output();
console.log("exit", out.code);
await device[Symbol.asyncDispose](); await server[Symbol.asyncDispose]();
