import { equal, throws } from "node:assert/strict";
import fc from "fast-check";
import { memoryArgument, parseSize } from "./size.ts";

Deno.test("parseSize reads what upstream reads, as the same count of bytes", () => {
  const known: Record<string, number> = {
    "20G": 21474836480,
    "1.5G": 1610612736,
    "20GB": 20000000000,
    "20GiB": 21474836480,
    "1P": 1e15,
    "100": 100,
    "0": 0,
    "512m": 536870912,
    "2t": 2199023255552,
    "64 KiB": 65536,
  };
  for (const [text, bytes] of Object.entries(known)) equal(parseSize(text), bytes, text);
});

Deno.test("parseSize refuses what is no size, and says how one looks", () => {
  for (const text of ["", "3Gi", "-1G", "invalid", "G", "1.2.3G", "1e3", "9999999P"]) {
    throws(() => parseSize(text), {
      name: "RangeError",
      message: `Invalid size: '${text}'. Use e.g. '20G', '512M', '2T'`,
    });
  }
});

Deno.test("a whole number of any binary unit is that many units", () => {
  const units = fc.constantFrom<[string, number]>(["k", 10], ["M", 20], ["GiB", 30], ["t", 40]);
  fc.assert(fc.property(fc.nat(4096), units, (count, [unit, power]) => {
    equal(parseSize(`${count}${unit}`), count * 2 ** power);
  }));
});

Deno.test("memoryArgument says MiB, and takes a bare number for MiB as QEMU does", () => {
  equal(memoryArgument("512M"), "512M");
  equal(memoryArgument("512"), "512M");
  equal(memoryArgument("2G"), "2048M");
  equal(memoryArgument("1GB"), "954M");
  throws(() => memoryArgument("0"), RangeError);
  throws(() => memoryArgument("lots"), RangeError);
});
