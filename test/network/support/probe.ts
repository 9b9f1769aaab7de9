import { mkdtempSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { EngineHost } from "../../interop/support/engine-host.ts";

/** One question of one protocol to one port, and what is expected of it. */
export interface Question {
  protocol: "tcp" | "udp";
  address: string;
  port: number;
  /** What the answer begins with; "": none comes. */
  answer: string;
}

/** Listens on each port for TCP and UDP, both families, and answers `label client-address`. */
const SERVER = `
const labels = JSON.parse(process.argv[1]);
const plain = (address) => address.replace("::ffff:", "");
let open = Object.keys(labels).length * 2;
const ready = () => { if (--open === 0) console.log("ready"); };
for (const [where, label] of Object.entries(labels)) {
  const [port, host = "::"] = where.split("@");
  require("net").createServer((s) => { s.on("error", () => {}); s.end(label + " " + plain(s.remoteAddress)); }).listen({ port: +port, host }, ready);
  const socket = require("dgram").createSocket(host.includes(":") ? "udp6" : "udp4");
  socket.on("message", (_, from) => socket.send(label + " " + plain(from.address), from.port, from.address));
  socket.bind(+port, host, ready);
}`;

/**
 * Asks everything at once. Answers that are expected are waited for, and then a little longer for those that are not: what was asked at the same
 * time as them would have come by then.
 */
const ASK = `
const questions = JSON.parse(process.argv[1]);
const answers = questions.map(() => "");
const problems = questions.map(() => "silence");
const finish = () => { process.stdout.write(JSON.stringify(answers.map((text, index) => [text, problems[index]]))); process.exit(0); };
let awaited = questions.filter(({ answer }) => answer !== "").length;
const got = (index, text) => {
  if (answers[index] !== "" || text === "") return;
  answers[index] = text;
  if (questions[index].answer !== "" && --awaited === 0) setTimeout(finish, 500);
};
setTimeout(finish, awaited === 0 ? 700 : 4000);
for (const [index, { protocol, address, port }] of questions.entries()) {
  if (protocol === "tcp") {
    let text = "";
    const socket = require("net").connect({ port, host: address });
    socket.on("data", (data) => { text += data; }).on("close", () => got(index, text)).on("error", ({ code }) => { problems[index] = code; });
  } else {
    const socket = require("dgram").createSocket(address.includes(":") ? "udp6" : "udp4");
    socket.on("message", (data) => got(index, String(data))).on("error", () => {});
    const send = () => socket.send("?", port, address, () => {});
    send();
    setInterval(send, 250);
  }
}`;

/** Sends from one port to another, again and again, and prints each answer that is not the one before. */
const FOLLOW = `
const [address, port, own] = process.argv.slice(1);
const socket = require("dgram").createSocket("udp4");
let last = "";
socket.on("error", () => {}).on("message", (data) => { if (String(data) !== last) console.log(last = String(data)); });
socket.bind(+own, () => setInterval(() => socket.send("?", +port, address, () => {}), 50));
console.log("ready");`;

/** Node, in a namespace of the host's, or in the host's own. */
function nodeIn(namespace: string | undefined, script: string, ...args: string[]): string[] {
  const enter = namespace === undefined ? [] : ["ip", "netns", "exec", namespace];
  return [...enter, process.execPath, "-e", script, ...args];
}

/** @param labels what is answered, by port, or by `port@address` */
export async function serve(host: EngineHost, name: string, labels: Record<string, string>, namespace?: string) {
  return startReady(host, name, nodeIn(namespace, SERVER, JSON.stringify(labels)));
}

/** Sends to a UDP port from one of its own. @returns where each new answer is written as a line */
export async function follow(
  host: EngineHost,
  name: string,
  to: { address: string; port: number },
  namespace: string,
): Promise<string> {
  return startReady(host, name, nodeIn(namespace, FOLLOW, to.address, String(to.port), "40000"));
}

/** @returns the log */
async function startReady(host: EngineHost, name: string, command: string[]): Promise<string> {
  // Not one that somebody of that name has written "ready" to before.
  const log = `${mkdtempSync(`${host.directory}/${name}-`)}/log`;
  const daemon = host.start(command, log);
  await until(log, /ready/, () => daemon.checkRuns());
  return log;
}

/** Waits until a log has a line. */
export async function until(log: string, line: RegExp, check = () => {}): Promise<void> {
  for (const end = Date.now() + 10_000; ; await sleep(20)) {
    const text = readFileSync(log, "utf8");
    if (line.test(text)) return;
    check();
    if (Date.now() > end) throw new Error(`${log}: no ${line} in:\n${text}`);
  }
}

/** @returns the questions that were answered otherwise than expected, a line each */
export async function ask(
  host: EngineHost,
  from: string,
  questions: Question[],
  namespace?: string,
): Promise<string[]> {
  const answers = JSON.parse(await host.require(nodeIn(namespace, ASK, JSON.stringify(questions)))) as [
    string,
    string,
  ][];
  return questions.flatMap(({ protocol, address, port, answer }, index) => {
    const [got = "", problem = ""] = answers[index] ?? [];
    const isAsExpected = answer === "" ? got === "" : `${got} `.startsWith(`${answer} `);
    return isAsExpected
      ? []
      : [`${from} asks ${protocol} [${address}]:${port}: "${got}" (${problem}) instead of "${answer}"`];
  });
}
