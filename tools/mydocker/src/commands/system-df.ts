import { join } from "node:path";
import { defineCommand, usageError } from "@mydocker/stage";
import { CONTAINER_FILE, containerDirectory, type HostPaths, hostPaths } from "@mydocker/state";
import { listContainers } from "../container/container.ts";
import { directorySize } from "../container/directory-size.ts";
import { CONTAINER_HEADINGS, containerRow } from "../container/row.ts";
import { rowSources } from "../container/row-sources.ts";
import { humanDuration } from "../format/duration.ts";
import { type Row, renderListing } from "../format/listing.ts";
import { humanSize } from "../format/size.ts";
import { familiarName, shortId } from "../image/image.ts";
import { print } from "../print.ts";
import { type ImagesUsage, imagesUsage } from "../usage/images.ts";
import { addUp, shownReclaimable, type UsageLine } from "../usage/summary.ts";
import { volumesUsage } from "../usage/volumes.ts";

const HEADINGS = {
  Type: "TYPE",
  TotalCount: "TOTAL",
  Active: "ACTIVE",
  Size: "SIZE",
  Reclaimable: "RECLAIMABLE",
};
const IMAGE_HEADINGS = {
  Repository: "REPOSITORY",
  Tag: "TAG",
  ID: "IMAGE ID",
  CreatedSince: "CREATED",
  Size: "SIZE",
  SharedSize: "SHARED SIZE",
  UniqueSize: "UNIQUE SIZE",
  Containers: "CONTAINERS",
};
const CONTAINER_COLUMNS = ["ID", "Image", "Command", "LocalVolumes", "Size", "RunningFor", "Status", "Names"];
const VOLUME_HEADINGS = { Name: "VOLUME NAME", Links: "LINKS", Size: "SIZE" };

export const command = defineCommand({
  summary: "Show what images, containers and volumes take of the disk, and what of it could be freed",
  usage: "[OPTIONS]",
  examples: ["mydocker system df", "mydocker system df -v", "mydocker system df --format '{{.Type}} {{.Reclaimable}}'"],
  flags: {
    verbose: { type: "boolean", short: "v", description: "Show each image, container and volume" },
    format: { type: "string", value: "table|json|TEMPLATE", description: "Go template for each line" },
  },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    if (flags.verbose && flags.format !== undefined)
      throw usageError("the verbose and the format options conflict", "the one or the other");
    const paths = hostPaths();
    const images = await imagesUsage();
    if (flags.verbose) printAll(paths, images);
    else print(summary(paths, images, flags.format));
    return 0;
  },
});

/** As docker counts: an image is active that a container was made of, a container that runs, a volume that a container has. */
function summary(paths: HostPaths, images: ImagesUsage, format: string | undefined): string {
  const containers = listContainers(paths).map(({ id, life }) => ({
    size: directorySize(join(containerDirectory(paths, id), CONTAINER_FILE.upper)),
    isActive: life.status === "running",
  }));
  const volumes = volumesUsage(paths).map(({ size, links }) => ({ size, isActive: links > 0 }));
  const counted = addUp(
    "Images",
    images.images.map((image) => ({ size: 0, isActive: image.containers > 0 })),
  );
  const lines = [
    // What they share is there once.
    { ...counted, size: images.size, reclaimable: images.reclaimable },
    addUp("Containers", containers),
    addUp("Local Volumes", volumes),
  ];
  return renderListing({ rows: lines.map(usageRow), headings: HEADINGS, columns: Object.keys(HEADINGS) }, format);
}

function usageRow(line: UsageLine): Row {
  return {
    Type: line.type,
    TotalCount: `${line.total}`,
    Active: `${line.active}`,
    Size: humanSize(line.size, 4),
    Reclaimable: shownReclaimable(line),
  };
}

function printAll(paths: HostPaths, { images }: ImagesUsage): void {
  const now = Date.now();
  const imageRows = images.flatMap(({ references, id, created, size, shared, unique, containers }) =>
    references.map((reference): Row => {
      const { repository, tag } = familiarName(reference);
      return {
        ...{ Repository: repository, Tag: tag, ID: shortId(id) },
        CreatedSince: `${humanDuration(now - Date.parse(created))} ago`,
        ...{ Size: humanSize(size, 4), SharedSize: humanSize(shared, 4), UniqueSize: humanSize(unique, 4) },
        Containers: `${containers}`,
      };
    }),
  );
  const sources = rowSources(paths, true);
  const containerRows = listContainers(paths).map((container) => containerRow(container, sources));
  const volumeRows = volumesUsage(paths).map(({ name, links, size }) => ({
    ...{ Name: name, Links: `${links}`, Size: humanSize(size, 4) },
  }));
  print(`Images space usage:\n\n${table(imageRows, IMAGE_HEADINGS)}\n`);
  print(`Containers space usage:\n\n${table(containerRows, CONTAINER_HEADINGS, CONTAINER_COLUMNS)}\n`);
  print(`Local Volumes space usage:\n\n${table(volumeRows, VOLUME_HEADINGS)}`);
}

function table(rows: Row[], headings: Record<string, string>, columns = Object.keys(headings)): string {
  return renderListing({ rows, headings, columns }, undefined);
}
