import { expect, test } from "vitest";
import type { EngineInUse } from "./engine.ts";
import { remainsSince } from "./host-state.ts";

/** The last test of a file: when its containers are gone, so is everything that was made for them. */
export function testNothingIsLeft(use: EngineInUse): void {
  test("when the containers are gone nothing is left: processes, mounts, cgroups, links, rules, files", async () => {
    const { stdout } = await use.call("ps", "--all", "--quiet");
    const ids = stdout.split("\n").filter((id) => id !== "");
    if (ids.length > 0) await use.remove(...ids);
    const { host, places, ownMount } = use.engine();
    expect(await remainsSince(use.before(), host, places, ownMount)).toEqual([]);
  });
}
