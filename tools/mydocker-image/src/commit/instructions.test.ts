import { describe, expect, it } from "vitest";
import type { ImageSettings } from "./image-settings.ts";
import { NO_SETTINGS } from "./import-tree.ts";
import { applyInstructions } from "./instructions.ts";

const apply = (changes: string[], old: Partial<ImageSettings> = {}): ImageSettings =>
  applyInstructions({ ...NO_SETTINGS, ...old }, changes);

describe("what --change does", () => {
  it.each<[string, Partial<ImageSettings>]>([
    [`CMD ["a", "b c"]`, { cmd: ["a", "b c"] }],
    ["cmd a  b", { cmd: ["/bin/sh", "-c", "a  b"] }],
    ["CMD [broken", { cmd: ["/bin/sh", "-c", "[broken"] }],
    [`ENTRYPOINT ["/e"]`, { entrypoint: ["/e"], cmd: [] }],
    ["ENV A=1 B='x y' C=$OLD", { env: ["OLD=o", "A=1", "B=x y", "C=o"] }],
    ["ENV A some words", { env: ["OLD=o", "A=some words"] }],
    ["ENV OLD=new", { env: ["OLD=new"] }],
    ['LABEL a=1 "b c"="d e"', { labels: { was: "there", a: "1", "b c": "d e" } }],
    [
      "EXPOSE 80 443/TCP 53/udp 7000-7002",
      { exposedPorts: ["80/tcp", "443/tcp", "53/udp", "7000/tcp", "7001/tcp", "7002/tcp"] },
    ],
    [`VOLUME ["/a b", "/c"]`, { volumes: ["/a b", "/c"] }],
    ["VOLUME /a /b", { volumes: ["/a", "/b"] }],
    ["WORKDIR sub/../dir", { workingDir: "/srv/dir" }],
    ["WORKDIR /abs", { workingDir: "/abs" }],
    ["USER web:log", { user: "web:log" }],
    ["STOPSIGNAL int", { stopSignal: "SIGINT" }],
    ["HEALTHCHECK NONE", { healthcheck: { Test: ["NONE"] } }],
    [
      "HEALTHCHECK --interval=1m30s --retries=3 CMD curl -f localhost",
      { healthcheck: { Test: ["CMD-SHELL", "curl -f localhost"], Interval: 90e9, Retries: 3 } },
    ],
    [`HEALTHCHECK CMD ["true"]`, { healthcheck: { Test: ["CMD", "true"] } }],
    ["ONBUILD RUN x", { onBuild: ["RUN x"] }],
  ])("%s", (change, expected) => {
    const old = { env: ["OLD=o"], labels: { was: "there" }, workingDir: "/srv", cmd: ["old"], entrypoint: ["old"] };
    expect(apply([change], old)).toEqual({ ...NO_SETTINGS, ...old, ...expected });
  });

  it("keeps a command that stands in front of the entrypoint, and takes the image's away", () => {
    expect(apply(["CMD c", `ENTRYPOINT ["e"]`], { cmd: ["old"] }).cmd).toEqual(["/bin/sh", "-c", "c"]);
    expect(apply([`ENTRYPOINT ["e"]`, `CMD ["c"]`], { cmd: ["old"] }).cmd).toEqual(["c"]);
  });

  it("knows what an instruction in front has set", () => {
    expect(apply(["ENV A=1", "USER u$A", `LABEL v=\${B:-none}`])).toMatchObject({
      user: "u1",
      labels: { v: "none" },
    });
  });

  it.each([
    ["RUN true", "RUN is not a valid change command"],
    ["", "is not a valid change command"],
    ["toString x", "is not a valid change command"],
    ["CMD", "expected something behind CMD"],
    ["ENV A", "expected KEY=VALUE"],
    ["ENV =x", "expected KEY=VALUE"],
    ["ENV A='x", "without its other half"],
    ["EXPOSE 0", "expected PORT"],
    ["EXPOSE 80-70", "expected PORT"],
    ["EXPOSE 65536", "expected PORT"],
    ["STOPSIGNAL SIGNOPE", "no such signal"],
    ["HEALTHCHECK curl", "expected NONE, or CMD"],
    ["HEALTHCHECK --interval=soon CMD x", "expected a duration"],
    ["ONBUILD FROM x", "cannot be triggered"],
  ])("refuses %s", (change, why) => {
    expect(() => apply([change])).toThrow(why);
  });
});
