import { readFileSync } from "node:fs";
import { requireSuccess } from "../command.mjs";
import { renderMemory } from "../report.mjs";

/** What a detached container costs beyond its own processes: the process that stays with it. */
export const memoryCase = {
  name: "memory",
  needs: ["mydocker", "docker", "podman"],
  async measure({ engines }) {
    const rows = [];
    for (const name of this.needs) {
      const engine = engines[name];
      try {
        requireSuccess(
          engine.argv("run", "-d", "--name", "memory-target", ...engine.runFlags, "busybox", "sleep", "3600"),
        );
        rows.push({ name, ...privateMemory(parentOf(engine.pidOf("memory-target"))) });
      } finally {
        engine.remove("memory-target");
      }
    }
    return renderMemory("Private memory of the process that stays with a detached container", rows);
  },
};

function parentOf(pid) {
  return Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
}

/** proc(5) smaps_rollup: pages that no other process maps, in KiB. */
function privateMemory(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kibibytes = (key) => Number(new RegExp(`^${key}:\\s+(\\d+) kB$`, "m").exec(rollup)[1]);
  return {
    process: readFileSync(`/proc/${pid}/comm`, "utf8").trim(),
    kibibytes: kibibytes("Private_Clean") + kibibytes("Private_Dirty"),
  };
}
