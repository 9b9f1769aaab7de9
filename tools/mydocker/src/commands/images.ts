import { defineCommand } from "@mydocker/stage";
import { humanDuration, listingTime } from "../format/duration.ts";
import { type Row, renderListing } from "../format/listing.ts";
import { humanSize } from "../format/size.ts";
import { familiarName, type Image, listImages, shortId } from "../image/image.ts";
import { print } from "../print.ts";

const HEADINGS = {
  Repository: "REPOSITORY",
  Tag: "TAG",
  Digest: "DIGEST",
  ID: "IMAGE ID",
  CreatedSince: "CREATED",
  CreatedAt: "CREATED AT",
  Size: "SIZE",
};

export const command = defineCommand({
  summary: "List images",
  usage: "[OPTIONS] [REPOSITORY[:TAG]]",
  examples: ["mydocker images", "mydocker images --format '{{.Repository}}:{{.Tag}} {{.Size}}'"],
  flags: {
    all: { type: "boolean", short: "a", description: "As without: there are no intermediate images" },
    quiet: { type: "boolean", short: "q", description: "Show ids only" },
    "no-trunc": { type: "boolean", description: "Show ids whole" },
    digests: { type: "boolean", description: "Show digests" },
    format: { type: "string", value: "table|json|TEMPLATE", description: "Go template for each line" },
  },
  args: { min: 0, max: 1 },
  async run({ flags, args: [wanted] }) {
    const images = (await listImages())
      .filter((image) => wanted === undefined || isWanted(image, wanted))
      .sort((a, b) => Date.parse(b.created) - Date.parse(a.created));
    const columns = ["Repository", "Tag", ...(flags.digests ? ["Digest"] : []), "ID", "CreatedSince", "Size"];
    const rows = images.map((image) => imageRow(image, Date.now(), !flags["no-trunc"]));
    const listing = { rows, headings: HEADINGS, columns };
    print(renderListing(listing, flags.format ?? (flags.quiet ? "{{.ID}}" : undefined)));
  },
});

function imageRow(image: Image, now: number, truncate: boolean): Row {
  const { repository, tag } = familiarName(image.reference);
  return {
    Repository: repository,
    Tag: tag,
    Digest: image.digest,
    ID: truncate ? shortId(image.id) : image.id,
    CreatedSince: image.created === "" ? "N/A" : `${humanDuration(now - Date.parse(image.created))} ago`,
    CreatedAt: listingTime(image.created),
    Size: humanSize(image.size),
  };
}

function isWanted(image: Image, wanted: string): boolean {
  const { repository, tag } = familiarName(image.reference);
  const asked = familiarName(wanted);
  return repository === asked.repository && (asked.tag === "<none>" || asked.tag === tag);
}
