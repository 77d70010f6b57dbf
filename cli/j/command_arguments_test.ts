import assert from "node:assert/strict";
import { Command } from "commander";
import type { CommandArgument, CommandOption } from "@jumpstarter/core/client";
import { addArgument, addOption, watchNegations } from "./command_arguments.ts";

function parse(
  args: readonly CommandArgument[],
  options: readonly CommandOption[],
  words: string,
): { args: unknown[]; options: Record<string, unknown> } {
  const command = new Command("x").exitOverride().configureOutput({ writeErr: () => {} });
  for (const argument of args) addArgument(command, argument);
  for (const option of options) addOption(command, option);
  const given = watchNegations(command);
  command.action(() => {});
  command.parse(words.split(" ").filter((word) => word !== ""), { from: "user" });
  return { args: command.processedArgs, options: given() };
}

const summary = "";

Deno.test("arguments and options are parsed to what they are", () => {
  const { args, options } = parse(
    [{ name: "port", summary, type: "integer" }, { name: "rest", summary, variadic: true }],
    [
      { flags: "-w, --wait <s>", summary, type: "number", default: 2 },
      { flags: "--force", summary },
      { flags: "-t, --target <t>", summary, repeatable: true },
      { flags: "--no-power-off", summary },
    ],
    "-w 0.5 22 --force a b -t x -t y",
  );
  assert.deepEqual(args, [22, ["a", "b"]]);
  assert.deepEqual(options, { wait: 0.5, force: true, target: ["x", "y"], powerOff: true });
});

Deno.test("what is not given has its default, or is undefined", () => {
  const { args, options } = parse(
    [{ name: "path", summary, required: false }],
    [
      { flags: "--wait <s>", summary, type: "number", default: 2 },
      { flags: "--target <t>", summary, repeatable: true },
      { flags: "--name <n>", summary },
    ],
    "",
  );
  assert.deepEqual(args, [undefined]);
  assert.deepEqual(options, { wait: 2, target: [] });
});

Deno.test("of an option and its negation both are told", () => {
  const options: CommandOption[] = [
    { flags: "-i, --input", summary },
    { flags: "--no-input", summary },
  ];
  assert.deepEqual(parse([], options, "").options, {});
  assert.deepEqual(parse([], options, "-i").options, { input: true });
  assert.deepEqual(parse([], options, "--no-input").options, { input: false, noInput: true });
  assert.deepEqual(parse([], options, "--no-input -i").options, { input: true, noInput: true });
});

Deno.test("what is wrong is refused", () => {
  const wrong = (argument: Partial<CommandArgument>, words: string) => () =>
    parse([{ name: "x", summary, ...argument }], [], words);
  assert.throws(wrong({ type: "integer" }, "1.5"), /It is not an integer/);
  assert.throws(wrong({ type: "number" }, "fast"), /It is not a number/);
  assert.throws(wrong({ choices: ["a", "b"] }, "c"), /Allowed choices are a, b/);
  assert.throws(wrong({}, ""), /missing required argument 'x'/);
  const must: CommandOption[] = [{ flags: "--to <x>", summary, required: true }];
  assert.throws(() => parse([], must, ""), /required option '--to <x>' not specified/);
});
