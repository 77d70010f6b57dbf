import assert from "node:assert/strict";
import {
  type ClientConfig,
  clientFromEnvironment,
  type ConfigError,
  configLocations,
  currentClient,
  listClients,
  loadClientConfig,
  parseClientConfig,
  resolveClient,
  saveClientConfig,
  stringifyClientConfig,
  useClient,
} from "./mod.ts";
import { temporaryLocations } from "./testing/temporary_locations.ts";

const nothing = () => undefined;
const from = (variables: Record<string, string>) => (name: string): string | undefined =>
  variables[name];

const HEAD = "metadata: {namespace: lab, name: me}\n";
const config = (text: string, env = from({})): ClientConfig =>
  parseClientConfig(text, "f", env).config;

Deno.test("a short file means its defaults", () => {
  assert.deepEqual(JSON.parse(JSON.stringify(config(HEAD))), {
    metadata: { namespace: "lab", name: "me" },
    tls: { ca: "", insecure: false },
    grpcOptions: {},
    drivers: { allow: [], unsafe: false },
    shell: { useProfiles: false },
    leases: { acquisitionTimeout: 7200, dialTimeout: 60, retryTimeout: 300 },
  });
});

Deno.test("a key that nobody knows is refused, but for those of tls and shell", () => {
  const text = `${HEAD}endpont: x
drivers: {alow: []}
tls: {cert: x}
shell: {use_profile: true}
leases: {dial_timeout: 1}
`;
  assert.throws(() => config(text), (error: ConfigError) => {
    assert.deepEqual(error.problems.map(({ path, hint }) => `${path}: ${hint}`), [
      "endpont: did you mean 'endpoint'?",
      "drivers.alow: did you mean 'allow'?",
      "leases.dial_timeout: undefined",
    ]);
    return true;
  });
  const { warnings } = parseClientConfig(
    `${HEAD}tls: {cert: x}\nshell: {use_profile: true}\n`,
    "f",
    nothing,
  );
  assert.deepEqual(warnings.map(({ path }) => path), ["tls.cert", "shell.use_profile"]);
});

Deno.test("the file goes before the environment, which fills in what it leaves open", () => {
  const env = from({
    JMP_NAMESPACE: "other",
    JMP_TOKEN: "theirs",
    JMP_ENDPOINT: "host:1",
    JMP_DRIVERS_ALLOW: "a.*,b.*",
    JMP_TLS: '{"insecure": true}',
  });
  const read = config(`${HEAD}token: mine\n`, env);
  assert.equal(read.metadata.namespace, "lab");
  assert.equal(read.token, "mine");
  assert.equal(read.endpoint, "host:1");
  assert.deepEqual(read.drivers, { allow: ["a.*", "b.*"], unsafe: false });
  assert.equal(read.tls.insecure, true);
});

Deno.test("UNSAFE among the allowed drivers allows all", () => {
  assert.equal(config(HEAD, from({ JMP_DRIVERS_ALLOW: "UNSAFE" })).drivers.unsafe, true);
  assert.equal(config(`${HEAD}drivers: {allow: [UNSAFE]}\n`).drivers.unsafe, true);
});

Deno.test("the environment alone makes a client when it has name and namespace", () => {
  assert.equal(clientFromEnvironment(from({ JMP_NAME: "me" })), undefined);
  const made = clientFromEnvironment(from({ JMP_NAME: "me", JMP_NAMESPACE: "lab" }));
  assert.deepEqual(made?.config.metadata, { namespace: "lab", name: "me" });
  assert.throws(
    () => clientFromEnvironment(from({ JMP_NAME: "m", JMP_NAMESPACE: "n", JMP_TLS: "{" })),
    /Cannot read JMP_TLS: not JSON: current value is '\{'/,
  );
});

Deno.test("the block of leases is written only where it says something", () => {
  assert.doesNotMatch(stringifyClientConfig(config(HEAD)), /leases/);
  assert.match(stringifyClientConfig(config(`${HEAD}leases: {retry_timeout: 0}\n`)), /leases:\n/);
});

Deno.test("the client is the one named, else the environment's, else the current one", async () => {
  await using folder = await temporaryLocations();
  const { locations } = folder;
  assert.equal(await resolveClient({}, locations, nothing), undefined);
  for (const name of ["one", "two"]) {
    await saveClientConfig(
      name,
      { ...config(HEAD), metadata: { namespace: "lab", name } },
      locations,
    );
  }
  await useClient("one", locations);
  const env = from({ JMP_NAME: "env", JMP_NAMESPACE: "lab" });
  const name = async (...args: Parameters<typeof resolveClient>): Promise<string | undefined> =>
    (await resolveClient(...args))?.config.metadata.name;
  assert.equal(await name({}, locations, nothing), "one");
  assert.equal(await name({}, locations, env), "env");
  assert.equal(await name({ client: "two" }, locations, env), "two");
  assert.equal(
    await name({ clientConfig: `${locations.clients}/two.yaml` }, locations, env),
    "two",
  );
  assert.deepEqual(await listClients(locations), ["one", "two"]);
  await assert.rejects(
    loadClientConfig("tow", locations, nothing),
    /Cannot load client 'tow': no such file: .*: did you mean 'two'\?/,
  );
});

Deno.test("choosing a client leaves the comments of the user's settings alone", async () => {
  await using folder = await temporaryLocations();
  const { locations } = folder;
  await saveClientConfig("one", config(HEAD), locations);
  await useClient(undefined, locations);
  assert.equal(await currentClient(locations), undefined);
  const text = await Deno.readTextFile(locations.user);
  await Deno.writeTextFile(locations.user, `# mine\n${text}`);
  await useClient("one", locations);
  assert.equal(await currentClient(locations), "one");
  assert.match(await Deno.readTextFile(locations.user), /^# mine\n[^]*current-client: one\n$/);
  await Deno.remove(`${locations.clients}/one.yaml`);
  assert.equal(await currentClient(locations), undefined);
});

Deno.test("files are where the environment says", () => {
  assert.equal(configLocations(from({ JMP_CLIENT_CONFIG_HOME: "own" })).user, "own/config.yaml");
  assert.equal(
    configLocations(from({ XDG_CONFIG_HOME: "/x", HOME: "/h" })).clients,
    "/x/jumpstarter/clients",
  );
  assert.equal(
    configLocations(from({ XDG_CONFIG_HOME: "x", HOME: "/h" })).exporters,
    "/h/.config/jumpstarter/exporters",
  );
  assert.throws(() => configLocations(nothing), Deno.errors.NotFound);
});
