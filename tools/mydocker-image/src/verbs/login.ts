import { readFileSync } from "node:fs";
import { defineCommand, usageError, warn, writeAll } from "@mydocker/stage";
import { findCredentials } from "../registry/credentials.ts";
import { checkLogin, keepLogin } from "../registry/log-in.ts";
import { parseServer } from "../registry/server-name.ts";
import { askAtTerminal } from "./ask-at-terminal.ts";
import { REGISTRY_FLAGS, registryOptions } from "./registry-flags.ts";

const FLAGS = {
  username: { type: "string", short: "u", value: "NAME", description: "Who you are to the registry" },
  password: {
    type: "string",
    short: "p",
    value: "PASSWORD",
    description: "Password; others see it in the process list",
  },
  "password-stdin": { type: "boolean", description: "Read the password from stdin" },
  ...REGISTRY_FLAGS,
} as const;

export const command = defineCommand({
  summary: "Tell a registry who you are, and keep that in docker's config.json.",
  usage: "[OPTIONS] [SERVER]",
  examples: ["mydocker-image login registry.lan:5000", "mydocker-image login -u me --password-stdin < password"],
  flags: FLAGS,
  args: { min: 0, max: 1 },
  async run({ flags, args: [server] }) {
    const registry = parseServer(server);
    const options = registryOptions(flags);
    const given = readGiven(flags);
    const known = given.user === undefined && given.password === undefined ? findCredentials(registry) : undefined;
    if (known !== undefined) {
      writeAll("Authenticating with existing credentials...\n");
      await checkLogin(registry, known, options);
      writeAll("Login Succeeded\n");
      return;
    }
    const user = given.user ?? (await askAtTerminal("Username: ", { echo: true }));
    const password = given.password ?? (await askAtTerminal("Password: ", { echo: false }));
    if (user === "" || password === "") throw usageError("username and password: both are required", "-u NAME");
    await checkLogin(registry, { user, password }, options);
    const { path, by } = keepLogin(registry, { user, password });
    if (by === "file") warn(`the password is now in ${path}, unencrypted; a credential helper would keep it elsewhere`);
    writeAll("Login Succeeded\n");
  },
});

interface Given {
  username: string | undefined;
  password: string | undefined;
  "password-stdin": boolean;
}

function readGiven({ username, password, "password-stdin": fromStdin }: Given): { user?: string; password?: string } {
  if (password !== undefined && fromStdin) throw usageError("--password and --password-stdin are mutually exclusive");
  if (fromStdin && username === undefined) throw usageError("Must provide --username with --password-stdin");
  if (username?.includes(":") === true) throw usageError("--username: a name has no colon (RFC 7617)");
  if (password !== undefined) warn("a password on the command line can be seen by others; try: --password-stdin");
  const user = username === undefined ? {} : { user: username };
  if (fromStdin) return { ...user, password: readFileSync(0, "utf8").replace(/\r?\n$/, "") };
  return { ...user, ...(password === undefined ? {} : { password }) };
}
