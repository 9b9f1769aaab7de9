import { expect, it } from "vitest";
import { imageAnnotations } from "./image-annotations.ts";

const none = { labels: {}, exposedPorts: [] };

it("has labels as they are, and ports and health check under their names", () => {
  const image = {
    labels: { "com.example.team": "web" },
    exposedPorts: ["80/tcp", "53/udp"],
    healthcheck: { Test: ["CMD", "true"] },
  };
  expect(imageAnnotations(image, ["8080", "80"])).toEqual({
    "com.example.team": "web",
    "org.opencontainers.image.exposedPorts": "53/udp,80/tcp,8080/tcp",
    "io.mydocker.healthcheck": '{"Test":["CMD","true"]}',
  });
  expect(imageAnnotations(none, [])).toEqual({});
});

it("lets no label say what only a runtime or mydocker may", () => {
  const labels = Object.fromEntries(
    [
      "io.mydocker.rootfs",
      "run.oci.handler",
      "org.systemd.property.CPUQuota",
      "org.opencontainers.image.stopSignal",
      "",
    ].map((key) => [key, "x"]),
  );
  expect(imageAnnotations({ ...none, labels }, [])).toEqual({});
});
