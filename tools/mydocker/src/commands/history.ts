import { defineCommand, MydockerError, runProgram, siblingPath } from "@mydocker/stage";
import { humanDuration, listingTime } from "../format/duration.ts";
import { type Row, renderListing } from "../format/listing.ts";
import { humanSize } from "../format/size.ts";
import { shortId } from "../image/image.ts";
import { print } from "../print.ts";

/** What `mydocker-image history` prints. */
interface HistoryStep {
  created: string;
  createdBy: string;
  comment: string;
  layer?: { size: number };
}

const HEADINGS = {
  ID: "IMAGE",
  CreatedSince: "CREATED",
  CreatedAt: "CREATED AT",
  CreatedBy: "CREATED BY",
  Size: "SIZE",
  Comment: "COMMENT",
};
const CREATED_BY_LENGTH = 45;

export const command = defineCommand({
  summary: "Show how an image was made",
  usage: "[OPTIONS] IMAGE",
  examples: ["mydocker history debian:12", "mydocker history --no-trunc --format '{{.CreatedBy}}' debian:12"],
  flags: {
    human: {
      type: "string",
      short: "H",
      value: "true|false",
      description: "Sizes and times for people (default: true)",
    },
    "no-trunc": { type: "boolean", description: "Show all of it" },
    quiet: { type: "boolean", short: "q", description: "Show ids only" },
    format: { type: "string", value: "table|json|TEMPLATE", description: "Go template for each line" },
  },
  args: { min: 1, max: 1 },
  async run({ flags, args: [image = ""] }) {
    const tool = siblingPath("mydocker-image");
    const [steps, inspected] = await Promise.all([
      runProgram(tool, ["history", image]),
      runProgram(tool, ["inspect", image]),
    ]);
    if (steps.code !== 0 || inspected.code !== 0) {
      throw new MydockerError(`No such image: ${image}`, { code: "NO_IMAGE", exitCode: 1 });
    }
    const { id } = JSON.parse(inspected.stdout) as { id: string };
    const whole = flags["no-trunc"];
    const shownId = whole ? id : shortId(id);
    const isHuman = flags.human !== "false";
    const rows = (JSON.parse(steps.stdout) as HistoryStep[]).map((step, index) =>
      // What a step left behind has no image of its own, as in docker.
      historyRow(step, index === 0 ? shownId : "<missing>", whole, isHuman),
    );
    const columns = ["ID", isHuman ? "CreatedSince" : "CreatedAt", "CreatedBy", "Size", "Comment"];
    const listing = { rows, headings: HEADINGS, columns };
    print(renderListing(listing, flags.format ?? (flags.quiet ? "{{.ID}}" : undefined)));
  },
});

function historyRow(
  { created, createdBy, comment, layer }: HistoryStep,
  id: string,
  whole: boolean,
  isHuman: boolean,
): Row {
  const by = createdBy.replaceAll("\t", " ");
  const size = layer?.size ?? 0;
  return {
    ID: id,
    CreatedSince: created === "" ? "N/A" : `${humanDuration(Date.now() - Date.parse(created))} ago`,
    CreatedAt: isHuman ? listingTime(created) : created,
    CreatedBy: whole || by.length <= CREATED_BY_LENGTH ? by : `${by.slice(0, CREATED_BY_LENGTH - 1)}…`,
    Size: isHuman ? humanSize(size) : `${size}`,
    Comment: comment,
  };
}
