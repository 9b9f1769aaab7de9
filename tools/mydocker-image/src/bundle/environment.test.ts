import { describe, expect, it } from "vitest";
import { buildEnvironment, parseEnvironmentFile, parseVariable } from "./environment.ts";

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

it.each([
  ["A=b", { key: "A", value: "b" }],
  ["A=", { key: "A", value: "" }],
  ["A=b=c", { key: "A", value: "b=c" }],
  ["MINE", { key: "MINE", value: "mine" }],
  ["ABSENT", { key: "ABSENT", value: undefined }],
])("reads -e %s", (text, expected) => {
  expect(parseVariable(text, { MINE: "mine" })).toEqual(expected);
});

it.each(["", "=x", "A=\0"])("refuses -e %j", (text) => {
  expect(() => parseVariable(text, {})).toThrow("--env");
});

describe("parseEnvironmentFile", () => {
  it("reads lines as docker does", () => {
    const text = '\uFEFF# comment\r\n\n  A=1\nB="quoted" # kept\nMINE\nABSENT\nC=a=b\n  #x';
    expect(parseEnvironmentFile(text, "f", { MINE: "mine" })).toEqual([
      { key: "A", value: "1" },
      { key: "B", value: '"quoted" # kept' },
      { key: "MINE", value: "mine" },
      { key: "C", value: "a=b" },
    ]);
  });

  it.each(["A B=c", "=x", "A\t=b"])("names the line that is wrong: %j", (line) => {
    expect(() => parseEnvironmentFile(`X=1\n${line}\n`, "f", {})).toThrow("--env-file f: line 2");
  });
});

describe("buildEnvironment", () => {
  const input = { image: [], user: [], hostname: "h", home: "/root", tty: false };

  it("has docker's defaults", () => {
    expect(buildEnvironment(input)).toEqual([PATH, "HOSTNAME=h", "HOME=/root"]);
    expect(buildEnvironment({ ...input, tty: true })).toContain("TERM=xterm");
  });

  it("lets the image overrule the defaults, and the user the image", () => {
    const image = ["PATH=/x", "A=image", "B=image", "HOME=/h"];
    const user = [
      { key: "A", value: "user" },
      { key: "B", value: undefined },
      { key: "HOSTNAME", value: "other" },
    ];
    expect(buildEnvironment({ ...input, image, user })).toEqual(["PATH=/x", "HOSTNAME=other", "A=user", "HOME=/h"]);
  });

  it("takes an empty HOME for none", () => {
    expect(buildEnvironment({ ...input, image: ["HOME="] })).toContain("HOME=/root");
  });
});
