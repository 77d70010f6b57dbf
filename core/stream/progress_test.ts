import assert from "node:assert/strict";
import { type Progress, ProgressMeter, withProgress } from "./progress.ts";

/** A meter with a clock that the test moves. */
function meter(
  options: { total?: number; intervalMs?: number } = {},
): { reports: Progress[]; add(bytes: number, afterMs: number): void; finish(): void } {
  let now = 1_000;
  const reports: Progress[] = [];
  const made = new ProgressMeter({
    ...options,
    onProgress: (progress) => reports.push(progress),
    now: () => now,
  });
  return {
    reports,
    add(bytes, afterMs): void {
      now += afterMs;
      made.add(bytes);
    },
    finish: () => made.finish(),
  };
}

Deno.test("ProgressMeter reports at most once an interval, and once at the end", () => {
  const { reports, add, finish } = meter({ intervalMs: 100 });
  for (let i = 0; i < 100; i++) add(10, 10);
  assert.equal(reports.length, 10);
  assert.ok(reports.every((report) => !report.done));
  add(10, 1);
  finish();
  finish();
  assert.equal(reports.length, 11);
  assert.deepEqual(reports[10], {
    bytes: 1_010,
    total: undefined,
    bytesPerSecond: 1_010 * 1_000 / 1_001,
    elapsedMs: 1_001,
    remainingMs: undefined,
    done: true,
  });
});

Deno.test("ProgressMeter tells speed and time left", () => {
  const { reports, add } = meter({ total: 10_000, intervalMs: 100 });
  add(1_000, 100);
  assert.deepEqual(reports[0], {
    bytes: 1_000,
    total: 10_000,
    bytesPerSecond: 10_000,
    elapsedMs: 100,
    remainingMs: 900,
    done: false,
  });
});

Deno.test("ProgressMeter's speed follows a change within seconds, and does not jump", () => {
  const { reports, add } = meter();
  for (let i = 0; i < 50; i++) add(100, 100);
  add(500, 100);
  assert.ok(reports.at(-1)!.bytesPerSecond < 1_500, "one burst");
  for (let i = 0; i < 100; i++) add(500, 100);
  assert.ok(Math.abs(reports.at(-1)!.bytesPerSecond - 5_000) < 100);
});

Deno.test("ProgressMeter: more than the total leaves no time", () => {
  const { reports, add } = meter({ total: 10 });
  add(20, 100);
  assert.equal(reports[0].remainingMs, 0);
});

Deno.test("ProgressMeter of nothing in no time has no speed", () => {
  const { reports, finish } = meter({ total: 10 });
  finish();
  assert.equal(reports[0].bytesPerSecond, 0);
  assert.equal(reports[0].remainingMs, undefined);
});

Deno.test("withProgress passes the bytes on and reports the end", async () => {
  const reports: Progress[] = [];
  const stream = withProgress(new Blob(["hello"]).stream(), {
    total: 5,
    onProgress: (progress) => reports.push(progress),
  });
  assert.equal(
    await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).text(),
    "hello",
  );
  assert.equal(reports.at(-1)!.bytes, 5);
  assert.equal(reports.at(-1)!.done, true);
});

Deno.test("withProgress does not report an end that did not come in order", async () => {
  const reports: Progress[] = [];
  const failing = new ReadableStream<Uint8Array>({
    start: (controller) => controller.error(new Error("unplugged")),
  });
  const stream = withProgress(failing, { onProgress: (progress) => reports.push(progress) });
  await assert.rejects(stream.getReader().read(), { message: "unplugged" });
  assert.deepEqual(reports, []);
});
