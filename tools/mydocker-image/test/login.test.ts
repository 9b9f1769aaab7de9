import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { makeSandbox, type Sandbox, startRegistry, type TestRegistry } from "@mydocker/testing";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { openTerminal } from "../../../test/support/terminal.ts";
import { tarArchive } from "./tar-archive.ts";
import { composeImage, putImage } from "./test-image.ts";

const [NAME, PASSWORD] = ["somebody", "päss: word"];
const AUTH = Buffer.from(`${NAME}:${PASSWORD}`).toString("base64");

let sandbox: Sandbox;
let registry: TestRegistry;
let config: string;
let env: Record<string, string>;
let count = 0;
const login = (args: string[], input?: string) =>
  sandbox.tool("mydocker", ["login", ...args, registry.host], { env, ...(input === undefined ? {} : { input }) });
const readConfig = () => JSON.parse(readFileSync(join(config, "config.json"), "utf8"));

beforeAll(async () => {
  sandbox = makeSandbox();
  registry = await startRegistry(join(sandbox.directory, "registry"), { name: NAME, password: PASSWORD });
  const image = composeImage([tarArchive([{ name: "file", content: "x" }])]);
  await putImage(`http://${registry.host}`, "app:1", image, { Authorization: `Basic ${AUTH}` });
});

beforeEach(() => {
  count += 1;
  config = join(sandbox.directory, `config-${count}`);
  env = { DOCKER_CONFIG: config, HOME: config, XDG_RUNTIME_DIR: config };
});

afterAll(async () => {
  await registry.stop();
  await sandbox.cleanUp();
});

it("keeps what the registry knows, in a file that is nobody else's, as docker and podman do", async () => {
  const done = await login(["-u", NAME, "--password-stdin"], `${PASSWORD}\n`);
  expect(done).toMatchObject({ code: 0, stdout: "Login Succeeded\n" });
  expect(done.stderr).toMatch(/warning: the password is now in .*config\.json, unencrypted/);
  expect(readConfig()).toEqual({ auths: { [registry.host]: { auth: AUTH } } });
  expect(statSync(join(config, "config.json")).mode & 0o777).toBe(0o600);
  const podman = await sandbox.shell(
    `REGISTRY_AUTH_FILE=${config}/config.json skopeo login --get-login ${registry.host}`,
  );
  expect(podman).toMatchObject({ code: 0, stdout: `${NAME}\n` });
  const name = `${registry.host}/app:1`;
  expect(await sandbox.tool("mydocker-image", ["pull", "-q", name], { env })).toMatchObject({ code: 0, stderr: "" });
  await sandbox.tool("mydocker-image", ["remove", name]);
  const again = await sandbox.tool("mydocker", ["login", registry.host], { env });
  expect(again).toEqual({
    code: 0,
    stdout: "Authenticating with existing credentials...\nLogin Succeeded\n",
    stderr: "",
  });
  const out = () => sandbox.tool("mydocker", ["logout", registry.host], { env });
  expect(await out()).toEqual({ code: 0, stdout: `Removing login credentials for ${registry.host}\n`, stderr: "" });
  expect(readConfig()).toEqual({ auths: {} });
  expect(await out()).toEqual({ code: 0, stdout: `Not logged in to ${registry.host}\n`, stderr: "" });
  expect(await sandbox.tool("mydocker-image", ["pull", "-q", name], { env })).toMatchObject({ code: 125 });
});

it("keeps nothing of whom the registry does not know", async () => {
  const refused = await login(["-u", NAME, "--password-stdin"], "wrong");
  expect(refused).toMatchObject({ code: 125, stdout: "" });
  expect(refused.stderr).toBe(
    `mydocker-image login: registry ${registry.host}: unauthorized: incorrect username or password\n`,
  );
  expect(existsSync(config)).toBe(false);
});

it("leaves all else in config.json, and a link a link", async () => {
  mkdirSync(join(config, "elsewhere"), { recursive: true });
  const file = join(config, "elsewhere/settings.json");
  writeFileSync(file, JSON.stringify({ psFormat: "x", auths: { "a.example": { auth: "eDp5" } } }));
  symlinkSync("elsewhere/settings.json", join(config, "config.json"));
  expect(await login(["-u", NAME, "-p", PASSWORD])).toMatchObject({ code: 0 });
  expect(lstatSync(join(config, "config.json")).isSymbolicLink()).toBe(true);
  expect(readConfig()).toEqual({
    psFormat: "x",
    auths: { "a.example": { auth: "eDp5" }, [registry.host]: { auth: AUTH } },
  });
});

it("gives it to the credential helper that is named, and takes it from there again", async () => {
  mkdirSync(config);
  const helper = join(config, "docker-credential-test");
  writeFileSync(
    helper,
    `#!/bin/sh
case $1 in
store) cat > ${config}/stored ;;
get) [ -f ${config}/stored ] && cat ${config}/stored || { echo credentials not found in native keychain; exit 1; } ;;
erase) rm ${config}/stored ;;
esac
`,
  );
  chmodSync(helper, 0o755);
  writeFileSync(join(config, "config.json"), JSON.stringify({ credsStore: "test" }));
  env = { ...env, PATH: `${config}:${sandbox.env.PATH}` };
  const done = await login(["-u", NAME, "--password-stdin"], PASSWORD);
  expect(done).toEqual({ code: 0, stdout: "Login Succeeded\n", stderr: "" });
  const stored = JSON.parse(readFileSync(join(config, "stored"), "utf8"));
  expect(stored).toEqual({ ServerURL: registry.host, Username: NAME, Secret: PASSWORD });
  expect(readConfig()).toEqual({ credsStore: "test", auths: { [registry.host]: {} } });
  const name = `${registry.host}/app:1`;
  expect(await sandbox.tool("mydocker-image", ["pull", "-q", name], { env })).toMatchObject({ code: 0 });
  await sandbox.tool("mydocker-image", ["remove", name]);
  expect(await sandbox.tool("mydocker", ["logout", registry.host], { env })).toMatchObject({ code: 0 });
  expect(existsSync(join(config, "stored"))).toBe(false);
  expect(readConfig()).toEqual({ credsStore: "test", auths: {} });
});

it("asks at a terminal, and does not show the password", async () => {
  const terminal = openTerminal(`exec mydocker login ${registry.host}`, { ...sandbox.env, ...env });
  await terminal.waitFor(/Username: $/);
  terminal.type(`${NAME}\n`);
  await terminal.waitFor(/Password: $/);
  terminal.type(`x\u007f${PASSWORD}\r`);
  expect(await terminal.exited).toBe(0);
  expect(terminal.output()).toContain("Login Succeeded");
  expect(terminal.output()).not.toContain("word\r");
  expect(readConfig().auths[registry.host]).toEqual({ auth: AUTH });
});

it("ends where the question is answered with Ctrl-C", async () => {
  const terminal = openTerminal(`exec mydocker login -u ${NAME} ${registry.host}`, { ...sandbox.env, ...env });
  await terminal.waitFor(/Password: $/);
  terminal.type("\u0003");
  expect(await terminal.exited).toBe(130);
  expect(existsSync(config)).toBe(false);
});

it.each([
  [["-p", "x", "-u", "y", "--password-stdin"], "mutually exclusive"],
  [["--password-stdin"], "Must provide --username"],
  [["-u", "a:b", "-p", "x"], "no colon"],
  [["-u", "somebody"], "non TTY device"],
])("says what is wrong with %s", async (args, why) => {
  const { code, stdout, stderr } = await login(args, "");
  expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).toContain(why);
});

it("takes docker's words for a registry, and says which is none", async () => {
  const of = async (server: string) => (await sandbox.tool("mydocker-image", ["logout", server], { env })).stdout;
  expect(await of("https://index.docker.io/v1/")).toBe("Not logged in to docker.io\n");
  expect(await of("https://registry.lan:5000/v2/")).toBe("Not logged in to registry.lan:5000\n");
  const { code, stderr } = await sandbox.tool("mydocker-image", ["logout", "no/such host"], { env });
  expect(code).toBe(125);
  expect(stderr).toContain("not a registry's host[:port]");
});
