import { describe, expect, it } from "vitest";
import { defineCommand } from "./command.ts";
import { parseGlobalFlags, parseInvocation, UnknownFlagError } from "./parse.ts";

const command = defineCommand({
  summary: "",
  usage: "IMAGE",
  examples: ["x"],
  flags: {
    interactive: { type: "boolean", short: "i", description: "" },
    tty: { type: "boolean", short: "t", description: "" },
    publish: { type: "list", short: "p", value: "PORTS", description: "" },
    memory: { type: "string", short: "m", value: "BYTES", description: "" },
    pause: { type: "boolean", default: true, description: "" },
  },
  args: { min: 0 },
  async run() {},
});
const flagsFirst = { ...command, flagsFirst: true };

describe("parseInvocation", () => {
  it.each([
    [
      ["-it", "-p", "80:80", "-p81:81", "-p=82:82"],
      { interactive: true, tty: true, publish: ["80:80", "81:81", "82:82"] },
    ],
    [["-itp", "80:80"], { interactive: true, tty: true, publish: ["80:80"] }],
    [["--pause=false"], { pause: false }],
    [["--pause"], { pause: true }],
    [[], { pause: true, tty: false }],
    [["-itm1g"], { interactive: true, tty: true, memory: "1g" }],
    [["--memory", "1g", "--memory=2g"], { memory: "2g" }],
    [["--memory="], { memory: "" }],
    [["--memory", "-1"], { memory: "-1" }],
    [["--tty=false", "--interactive=true"], { tty: false, interactive: true }],
    [["-t=false"], { tty: false }],
    [[], { interactive: false, tty: false, publish: [], memory: undefined }],
  ])("%j", (argv, expected) => {
    expect(parseInvocation(command, argv).flags).toMatchObject(expected);
  });

  it("takes flags anywhere, up to --, and what stands behind it apart", () => {
    const separate = { ...command, separateRest: true };
    const { flags, args, rest } = parseInvocation(separate, ["busybox", "-t", "x", "--", "-i", "sh"]);
    expect({ tty: flags.tty, interactive: flags.interactive, args, rest }).toEqual({
      tty: true,
      interactive: false,
      args: ["busybox", "x"],
      rest: ["-i", "sh"],
    });
  });

  it("takes what stands behind -- for arguments unless the command wants it apart", () => {
    const { flags, args, rest } = parseInvocation(command, ["-t", "--", "-i", "sh"]);
    expect({ tty: flags.tty, interactive: flags.interactive, args, rest }).toEqual({
      tty: true,
      interactive: false,
      args: ["-i", "sh"],
      rest: undefined,
    });
  });

  it("parses the flags in front of a verb, and leaves those behind it alone", () => {
    const { values, rest } = parseGlobalFlags(command.flags, ["-m", "1g", "--tty=false", "create", "-t", "x"]);
    expect(values).toMatchObject({ memory: "1g", tty: false, interactive: false });
    expect(rest).toEqual(["create", "-t", "x"]);
    expect(() => parseGlobalFlags(command.flags, ["--nope", "create"])).toThrow(UnknownFlagError);
  });

  it("takes flags only up to the first argument where they come first", () => {
    const { flags, args } = parseInvocation(flagsFirst, ["-i", "busybox", "sh", "-t", "--nope", "--", "x"]);
    expect({ tty: flags.tty, args }).toEqual({ tty: false, args: ["busybox", "sh", "-t", "--nope", "--", "x"] });
    expect(parseInvocation(flagsFirst, ["-i", "--", "-image"]).args).toEqual(["-image"]);
  });

  it("takes a lone - for an argument", () => {
    expect(parseInvocation(command, ["-"]).args).toEqual(["-"]);
  });

  it.each([["--nope"], ["-x"], ["-ix"], ["--constructor"], ["--__proto__"], ["--tt"]])("does not know %j", (word) => {
    expect(() => parseInvocation(command, [word])).toThrow(UnknownFlagError);
  });

  it.each([
    [["--memory"], "a value is needed"],
    [["-p"], "a value is needed"],
    [["--tty=maybe"], "expected true or false"],
    [["-t=x"], "expected true or false"],
  ])("refuses %j", (argv, message) => {
    expect(() => parseInvocation(command, argv)).toThrow(message);
  });

  it("counts arguments", () => {
    const one = { ...command, args: { min: 1, max: 1 } };
    expect(() => parseInvocation(one, [])).toThrow("expected 1 argument: IMAGE");
    expect(() => parseInvocation(one, ["a", "b"])).toThrow('unexpected argument "b"');
    expect(parseInvocation(one, ["--help"]).common.help).toBe(true);
  });
});
