import assert from "node:assert/strict";
import { DeviceInterface } from "@jumpstarter/testing/echo/v1";
import { derivedCommands, textOf } from "./derived_commands.ts";

const commands = new Map(
  derivedCommands(DeviceInterface, {
    "jumpstarter.test.v1.DeviceInterface.Greet": "Returns its argument.",
    "jumpstarter.test.v1.DeviceInterfaceGreetRequest.name": "Whom.",
  }).map((command) => [command.name, command]),
);

Deno.test("every method has a command, by its name in kebab-case", () => {
  assert.deepEqual([...commands.keys()], [
    "nothing",
    "greet",
    "all-types",
    "join-words",
    "count",
    "fail",
    "take",
    "give",
    "connect",
    "missing",
  ]);
});

Deno.test("what a request must have is an argument, the rest are options, with the comments as help", () => {
  const { summary, args, options } = commands.get("greet")!;
  assert.equal(summary, "Returns its argument.");
  assert.deepEqual(args, [{ name: "name", summary: "Whom.", type: "string" }]);
  assert.deepEqual(options, [
    { flags: "--greeting <value>", summary: "", type: "string", choices: undefined },
  ]);
});

Deno.test("fields of every kind have a place on the command line", () => {
  const { args, options } = commands.get("all-types")!;
  assert.deepEqual(args!.map(({ name, type, choices }) => `${name}:${choices ?? type}`), [
    "text:string",
    "flag:true,false",
    "small:integer",
    "large:integer",
    "unsigned:integer",
    "number:number",
    "data:string",
  ]);
  assert.deepEqual(
    options!.map(({ flags, repeatable }) => flags + (repeatable ? " …" : "")),
    [
      "--maybe <value>",
      "--list <value> …",
      "--map <key=value> …",
      "--part <json>",
      "--parts <json> …",
      "--any <json>",
    ],
  );
  assert.deepEqual(commands.get("join-words")!.args!.at(-1), {
    name: "words",
    summary: "",
    variadic: true,
    required: false,
  });
});

Deno.test("results are text, lines, or keys with values", () => {
  assert.equal(textOf(null), "");
  assert.equal(textOf("a"), "a");
  assert.equal(textOf(2.5), "2.5");
  assert.equal(textOf(["a", 1, { b: 2 }]), 'a\n1\n{"b":2}');
  assert.equal(textOf({ a: "x", b: [1], c: null }), "a: x\nb: [1]\nc: null");
});
