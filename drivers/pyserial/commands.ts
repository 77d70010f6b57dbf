import type { DriverCommands } from "@jumpstarter/core/client";
import type { PySerialClient } from "./client.ts";
import { pipe } from "./pipe.ts";
import { startConsole } from "./start_console.ts";

/** Commands of a serial port: those of upstream. */
export const pySerialCommands: DriverCommands<PySerialClient> = {
  summary: "Serial port client",
  commands: [
    {
      name: "start-console",
      summary: "Start serial port console",
      options: [{
        flags: "-r, --replay",
        summary: "Begin with the output that the exporter still holds",
      }],
      run: startConsole,
    },
    {
      name: "pipe",
      summary: "Pipe serial port data to stdout or a file",
      options: [
        {
          flags: "-o, --output <file>",
          summary: "Output file path. If not specified, writes to stdout.",
        },
        {
          flags: "-i, --input",
          summary: "Force enable stdin to serial port. Auto-detected if stdin is piped.",
        },
        {
          flags: "--no-input",
          summary: "Disable stdin to serial port, even if stdin is piped.",
        },
        {
          flags: "-a, --append",
          summary: "Append to output file instead of overwriting.",
        },
        {
          flags: "--no-output",
          summary: "Disable serial output handling. Send stdin to serial and exit at EOF.",
        },
      ],
      run: pipe,
    },
  ],
};
