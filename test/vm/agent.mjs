// The host's end of the conversation with agent.sh, which runs commands in the virtual machine.
import { connect } from "node:net";

/** @typedef {{code: number, stdout: string, stderr: string}} Answer */

/**
 * @param {string} path of the socket that QEMU listens on
 * @param {Promise<unknown>} ended settles when QEMU has
 * @returns {Promise<{run: (script: string) => Promise<Answer>, ready: () => Promise<void>, tell: (script: string) => void}>}
 */
export async function connectAgent(path, ended) {
  const lines = await openLines(path, ended);
  let commands = 0;
  const tell = (script) => {
    commands += 1;
    lines.send(`${commands} ${Buffer.from(script).toString("base64")}`);
  };
  return {
    async run(script) {
      const answer = lines.next();
      tell(script);
      const [number, code, stdout, stderr] = (await answer).split(" ");
      if (number !== String(commands)) throw new Error(`answer ${number} to command ${commands}`);
      return { code: Number(code), stdout: decode(stdout), stderr: decode(stderr) };
    },
    /** The agent's first word after a boot. An answer may come before it: of a command that a reboot has cut off. */
    async ready() {
      while ((await lines.next()) !== "ready");
    },
    tell,
  };
}

function decode(field) {
  return Buffer.from(field.slice(1), "base64").toString("utf8");
}

async function openLines(path, ended) {
  const gone = ended.then(() => {
    throw new Error("the VM ended");
  });
  gone.catch(() => {});
  const socket = await openSocket(path, gone);
  let text = "";
  const waiting = [];
  socket.setEncoding("utf8").on("data", (chunk) => {
    text += chunk;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      waiting.shift()?.(text.slice(0, end));
      text = text.slice(end + 1);
    }
  });
  return {
    send: (line) => socket.write(`${line}\n`),
    next: () => Promise.race([gone, new Promise((resolve) => waiting.push(resolve))]),
  };
}

async function openSocket(path, gone) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const socket = await new Promise((resolve) => {
      const trial = connect(path, () => resolve(trial));
      trial.once("error", () => resolve(undefined));
    });
    if (socket !== undefined) return socket;
    await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 100))]);
  }
  throw new Error(`qemu does not listen on ${path}`);
}
