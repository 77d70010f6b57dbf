import assert from "node:assert/strict";
import { findTool, testWith } from "@jumpstarter/testing/tool";
import { runTool, startProcess } from "@jumpstarter/testing/process";
import { Console } from "./console.ts";
import { directDevice, noise } from "./fixture_test.ts";
import { openSsh } from "./ssh_session.ts";
import { TcpNetworkDriver } from "./tcp_network.ts";

/** OpenSSH's server on a free port, for the user who runs the test. */
async function startServer() {
  const folder = await Deno.makeTempDir();
  const run = async (...args: string[]): Promise<string> => {
    const { code, output } = await runTool(findTool("ssh-keygen")!, { args });
    assert.equal(code, 0, output);
    return output;
  };
  for (const name of ["host", "user"]) {
    await run("-q", "-t", "ed25519", "-N", "", "-f", `${folder}/${name}`);
  }
  await Deno.copyFile(`${folder}/user.pub`, `${folder}/authorized`);
  // It takes no port 0: another one may take the free port in between, then the next try finds another.
  for (let tries = 5;; tries--) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    listener.close();
    try {
      const server = await startProcess(findTool("sshd")!, {
        args: ["-D", "-e", "-f", "/dev/null", "-h", `${folder}/host`, "-p", String(port)].concat(
          [
            "ListenAddress=127.0.0.1",
            `AuthorizedKeysFile=${folder}/authorized`,
            "StrictModes=no",
            "PasswordAuthentication=no",
            "UsePAM=no",
            "PermitRootLogin=yes",
            "AcceptEnv=GREETING",
            "PidFile=none",
            "Subsystem=sftp internal-sftp",
          ].flatMap((option) => ["-o", option]),
        ),
        readyPattern: /(Server listening)/,
      });
      return {
        folder,
        device: directDevice(new TcpNetworkDriver({ host: "127.0.0.1", port })),
        options: {
          username: (await runTool("/usr/bin/id", { args: ["-un"] })).output.trim(),
          privateKey: await Deno.readTextFile(`${folder}/user`),
        },
        fingerprint: (await run("-l", "-f", `${folder}/host.pub`)).split(" ")[1],
        async [Symbol.asyncDispose](): Promise<void> {
          await server[Symbol.asyncDispose]();
          await Deno.remove(folder, { recursive: true });
        },
      };
    } catch (error) {
      if (tries === 0) throw error;
    }
  }
}

if (findTool("sshd") !== undefined) {
  // The folder that sshd drops its rights in; Debian's service makes it at start.
  await Deno.mkdir("/run/sshd", { recursive: true, mode: 0o755 }).catch(() => {});
}

testWith("an SSH session runs commands on a real server", ["sshd", "ssh-keygen"], async () => {
  await using server = await startServer();
  const { device, options, fingerprint } = server;
  await using ssh = await openSsh(device, { ...options, hostFingerprint: fingerprint });
  const ok = await ssh.exec("echo out; echo err >&2; exit 7");
  assert.deepEqual(ok, { code: 7, signal: undefined, stdout: "out\n", stderr: "err\n" });
  const cat = await ssh.exec("cat; echo $GREETING", {
    stdin: "h\u00e9llo\n",
    env: { GREETING: "hi" },
  });
  assert.equal(cat.stdout, "h\u00e9llo\nhi\n");
  assert.equal((await ssh.exec("kill -9 $$")).signal?.replace("SIG", ""), "KILL");
  const chunks: number[] = [];
  const big = await ssh.exec("head -c 3000000 /dev/zero", {
    onStdout: (c) => chunks.push(c.length),
  });
  assert.equal(big.stdout.length, 3_000_000);
  assert.equal(chunks.reduce((a, b) => a + b), 3_000_000);
});

testWith("an SSH session copies files both ways", ["sshd", "ssh-keygen"], async () => {
  await using server = await startServer();
  await using ssh = await openSsh(server.device, server.options);
  const data = noise(1_500_000);
  const path = `${server.folder}/here`;
  await Deno.writeFile(path, data);
  await ssh.put(path, `${server.folder}/there`);
  assert.deepEqual(await Deno.readFile(`${server.folder}/there`), data);
  await ssh.get(`${server.folder}/there`, `${server.folder}/back`);
  assert.deepEqual(await Deno.readFile(`${server.folder}/back`), data);
  await assert.rejects(ssh.get(`${server.folder}/none`, `${server.folder}/x`), /No such file/);
});

testWith("an SSH shell is a console", ["sshd", "ssh-keygen"], async () => {
  await using server = await startServer();
  await using ssh = await openSsh(server.device, server.options);
  await using shell = await ssh.shell({ columns: 100 });
  const board = new Console(shell, { timeoutMs: 10_000 });
  await board.sendLine("stty -echo; PS1=; echo rea''dy");
  await board.expect("ready\r\n");
  await board.sendLine("stty size");
  assert.deepEqual((await board.expect(/(\d+) (\d+)\r\n/)).match.slice(1), ["24", "100"]);
  await board.sendLine("exit");
  await assert.rejects(board.expect("never"), { reason: "closed" });
  await board.close();
});

testWith("a signal closes a command; wrong keys and hosts are refused", [
  "sshd",
  "ssh-keygen",
], async () => {
  await using server = await startServer();
  const { device, options } = server;
  {
    await using ssh = await openSsh(device, options);
    const stop = new AbortController();
    // OpenSSH passes signals on to commands of users other than root; a closed channel ends this one in any case.
    const running = ssh.exec("while echo still here; do sleep 0.05; done", {
      signal: stop.signal,
      onStdout: () => stop.abort(new Error("enough")),
    });
    await assert.rejects(running, /enough/);
    assert.equal((await ssh.exec("true")).code, 0);
  }
  await assert.rejects(
    openSsh(device, { ...options, hostFingerprint: "SHA256:AAAA" }),
    /^Error: Cannot log in by SSH as '.*': .*[Hh]ost/,
  );
  await assert.rejects(
    openSsh(device, { username: options.username, password: "wrong" }),
    /^Error: Cannot log in by SSH as '.*': .*authentication/,
  );
});

Deno.test("a server that is not there is an error", async () => {
  await assert.rejects(
    openSsh({ stream: () => Promise.reject(new Error("refused")) }, { username: "x" }),
    /refused/,
  );
});
