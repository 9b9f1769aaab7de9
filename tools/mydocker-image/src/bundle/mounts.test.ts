import { expect, it } from "vitest";
import { combineMounts, type UserMount } from "./mounts.ts";

const at = (destination: string): UserMount => ({ flag: "--volume", mount: { destination } });
const places = (wanted: UserMount[]): string[] => combineMounts(wanted).map(({ destination }) => destination);
const DEFAULTS = ["/proc", "/dev", "/dev/pts", "/sys", "/sys/fs/cgroup", "/dev/mqueue", "/dev/shm"];

it("has docker's", () => {
  expect(places([])).toEqual(DEFAULTS);
});

it("mounts outer before inner, in the order given", () => {
  expect(places([at("/a/b/c"), at("/x"), at("/a/b"), at("/a")])).toEqual([...DEFAULTS, "/x", "/a", "/a/b", "/a/b/c"]);
});

it("lets the user have /dev/shm, or all of /dev", () => {
  expect(places([at("/dev/shm")]).filter((place) => place === "/dev/shm")).toHaveLength(1);
  expect(places([at("/dev")])).toEqual(["/proc", "/sys", "/sys/fs/cgroup", "/dev"]);
});

it("refuses two for one place", () => {
  expect(() => combineMounts([at("/a"), at("/a")])).toThrow("Duplicate mount point");
});
