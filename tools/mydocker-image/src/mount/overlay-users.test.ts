import { expect, it } from "vitest";
import { hasRootOn } from "./overlay-users.ts";

const LINE = "1 2 0:50 / / rw,relatime shared:1 - overlay overlay rw,lowerdir=/l,upperdir=/c/upper,workdir=/c/work";

it.each([
  [LINE, "/c/upper", true],
  [`x\n${LINE}\n`, "/c/upper", true],
  [LINE, "/c/up", false],
  [LINE, "/c/work", false],
  [LINE.replace("- overlay", "- ext4"), "/c/upper", false],
  [LINE.replace("/ / rw", "/ /somewhere rw"), "/c/upper", false],
  ["", "/c/upper", false],
])("finds in %j a root with the upper %s: %s", (mountinfo, upper, expected) => {
  expect(hasRootOn(mountinfo, upper)).toBe(expected);
});
