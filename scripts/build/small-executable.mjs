import { execFileSync } from "node:child_process";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Links the small engine (packages/engine) and its snapshot into one static executable. */
export function linkSmallExecutable(workspace, output, { memory, stackPointer, runtimePtr, contextPtr }) {
  const directory = mkdtempSync(join(workspace, "dist/small-"));
  try {
    writeFileSync(join(directory, "snapshot.bin"), memory);
    writeFileSync(
      join(directory, "snapshot.s"),
      assembly(join(directory, "snapshot.bin"), [stackPointer, runtimePtr, contextPtr]),
    );
    const built = join(directory, "mydocker");
    // At fixed addresses: nothing is relocated at a start. Closed for execution on the stack, as everything else.
    const flags = ["-static", "-no-pie", "-s", "-Wl,--gc-sections", "-Wl,-z,noexecstack"];
    const inputs = [join(directory, "snapshot.s"), join(workspace, "dist/engine/engine.a")];
    execFileSync(process.env.MUSL_CC ?? "musl-gcc", [...flags, "-o", built, ...inputs, "-lm"], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    // Renamed, so that a running mydocker keeps the executable it was started from.
    renameSync(built, output);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** packages/engine/native/snapshot.h */
function assembly(file, header) {
  return `.section .rodata
.globl snapshot_header, snapshot_start, snapshot_end
.balign 4
snapshot_header: .long ${header.join(", ")}
.balign 4096
snapshot_start: .incbin ${JSON.stringify(file)}
snapshot_end:
.section .note.GNU-stack,"",@progbits
`;
}
