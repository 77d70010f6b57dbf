import { defineDriver, type DriverContext, type DriverDefinition } from "@jumpstarter/core/driver";
import { SerialInterface } from "@jumpstarter/proto/driver/serial/v1";
import { PySerialConfig } from "./config.ts";
import { SerialHub } from "./hub.ts";
import { openLogFile } from "./log_file.ts";
import { LoopDriver } from "./loop_driver.ts";
import { openPort } from "./open_port.ts";
import { PortKeeper } from "./port_keeper.ts";
import { PySerialDriver } from "./serial_driver.ts";
import { parseSerialUrl } from "./url.ts";

/** Longest wait before a tty that is not there is looked for again, in ms: looking costs next to nothing. */
const TTY_WAIT_MS = 1_000;
/** Longest wait before a server that does not answer is called again, in ms. */
const SERVER_WAIT_MS = 15_000;

/** Opens the port that a configuration names, and keeps it open for as long as the session lives. */
async function createPySerial(
  config: PySerialConfig,
  context: DriverContext,
): Promise<PySerialDriver | LoopDriver> {
  const url = parseSerialUrl(config.url);
  const cps = config.cps ?? undefined;
  if (url.kind === "loop") return new LoopDriver({ cps, baudRate: config.baudrate });
  const { log } = context;
  const name = config.url;
  const line = {
    baudRate: config.baudrate,
    byteSize: config.bytesize,
    parity: config.parity,
    stopBits: config.stopbits,
    rtscts: config.rtscts,
    xonxoff: config.xonxoff,
  };
  const { exclusive, disable_hupcl: disableHupcl, low_latency: lowLatency } = config;
  const hub = new SerialHub({ name, log, cps, historyBytes: config.history_size });
  await using undo = new AsyncDisposableStack();
  undo.use(hub);
  if (config.log_file !== null) undo.use(await openLogFile(config.log_file, hub.record(), log));
  const keeper = undo.use(
    new PortKeeper({
      name,
      log,
      longestWaitMs: url.kind === "tty" ? TTY_WAIT_MS : SERVER_WAIT_MS,
      open: (signal) => openPort(url, { line, exclusive, disableHupcl, lowLatency, log }, signal),
      attach: (port) => hub.attach(port),
      onAway: (reason) => hub.problem = reason,
    }),
  );
  if (config.check_present) await keeper.ready(context.signal);
  const owned = undo.move();
  return new PySerialDriver(hub, { keeper, owned, onBaudRate: (rate) => line.baudRate = rate });
}

/** A serial port: a tty, a pty, `loop://`, `socket://` or `rfc2217://` (drivers-b §3). */
export const PySerial: DriverDefinition = defineDriver({
  type: "jumpstarter_driver_pyserial.driver.PySerial",
  client: "jumpstarter_driver_pyserial.client.PySerialClient",
  category: "serial",
  interfaces: [SerialInterface],
  config: PySerialConfig,
  create: createPySerial,
});
