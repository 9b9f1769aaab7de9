import { expect, test } from "vitest";
import { commandsToGoBack } from "./firewall.mjs";

const BEFORE = ["*filter", ":INPUT ACCEPT [0:0]", ":FORWARD ACCEPT [0:0]", "-A INPUT -i lo -j ACCEPT", "COMMIT"].join(
  "\n",
);

test("nothing is done where nothing was added", () => {
  expect(commandsToGoBack(BEFORE, BEFORE)).toEqual([]);
});

test("rules go before the chains they refer to, and a policy is put back", () => {
  const after = BEFORE.replace("FORWARD ACCEPT", "FORWARD DROP").replace(
    "COMMIT",
    ":DOCKER - [0:0]\n-A FORWARD -o br0 -j DOCKER\nCOMMIT",
  );
  expect(commandsToGoBack(BEFORE, after)).toEqual([
    ["-t", "filter", "-D", "FORWARD", "-o", "br0", "-j", "DOCKER"],
    ["-t", "filter", "-F", "DOCKER"],
    ["-t", "filter", "-X", "DOCKER"],
    ["-t", "filter", "-P", "FORWARD", "ACCEPT"],
  ]);
});

test("a quoted comment stays one word", () => {
  const after = BEFORE.replace("COMMIT", '-A INPUT -m comment --comment "name: \\"a b\\"" -j DROP\nCOMMIT');
  expect(commandsToGoBack(BEFORE, after)).toEqual([
    ["-t", "filter", "-D", "INPUT", "-m", "comment", "--comment", 'name: "a b"', "-j", "DROP"],
  ]);
});

test("a table that was not there goes back to accepting", () => {
  expect(commandsToGoBack("", "*filter\n:FORWARD DROP [0:0]\nCOMMIT")).toEqual([
    ["-t", "filter", "-P", "FORWARD", "ACCEPT"],
  ]);
});
