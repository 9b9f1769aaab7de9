import { defineCommand, writeAll } from "@mydocker/stage";
import { hostPaths } from "@mydocker/state";
import { changesOfContainer, commitChanges } from "../commit/commit-container.ts";
import { withGiven } from "../commit/given-settings.ts";
import { NO_SETTINGS } from "../commit/import-tree.ts";
import { applyInstructions } from "../commit/instructions.ts";
import { createdNow } from "../commit/now.ts";
import { UNPACK_FLAGS, unpackOptions } from "../layer/unpack-options.ts";
import { parseName } from "../reference/parse-name.ts";
import { withInterruption } from "../store/interruption.ts";
import { withRoom } from "../store/with-room.ts";

export const command = defineCommand({
  summary: "Make an image of a container: its image, and what it has changed as one more layer. Prints the image's id.",
  usage: "[OPTIONS] CONTAINER [NAME[:TAG]]",
  examples: [
    "mydocker-image commit -m 'with curl' my-container app:2",
    `mydocker-image commit -c 'CMD ["httpd", "-f"]' -c 'EXPOSE 80' my-container app:3`,
  ],
  flags: {
    author: { type: "string", short: "a", value: "TEXT", description: "Who made it" },
    message: { type: "string", short: "m", value: "TEXT", description: "What has changed" },
    change: {
      type: "list",
      short: "c",
      value: "INSTRUCTION",
      description: "A Dockerfile's instruction: CMD, ENV, USER …",
    },
    pause: {
      type: "boolean",
      short: "p",
      default: true,
      description: "Let a container that runs stand still meanwhile (default: true)",
    },
    ...UNPACK_FLAGS,
    "dry-run": { type: "boolean", description: "Only print what would be done" },
  },
  args: { min: 1, max: 2 },
  async run({ flags, args: [wanted = "", name] }) {
    const paths = hostPaths();
    const reference = name === undefined || name === "" ? undefined : parseName(name);
    const changed = changesOfContainer(paths, wanted);
    const { record } = changed.container;
    // Before anything is read: a wrong instruction should not cost a minute.
    applyInstructions(NO_SETTINGS, flags.change);
    if (flags["dry-run"]) {
      writeAll(`make ${reference ?? "an image"} of ${changed.imageDigest} and ${changed.upper}\n`);
      return;
    }
    const step = {
      created: createdNow(),
      createdBy: record.command.join(" "),
      author: flags.author ?? "",
      comment: flags.message ?? "",
    };
    const { id } = await withInterruption(() =>
      withRoom(paths, () =>
        commitChanges(paths, changed, {
          reference,
          step,
          pause: flags.pause,
          settings: (old) => applyInstructions(withGiven(old, record, changed.ports), flags.change),
          unpacking: unpackOptions(flags),
        }),
      ),
    );
    writeAll(`${id}\n`);
  },
});
