import type { HostPaths } from "@mydocker/state";
import { digestHex } from "../reference/digest.ts";
import { expectRecord, optionalText, parseRecord } from "./documents.ts";
import { readLayerFacts } from "./layers.ts";
import { blobFile } from "./paths.ts";
import { readDocument, readImage } from "./read-blob.ts";

/** A step in which an image was made (image-spec config.md). */
export interface HistoryStep {
  /** RFC 3339; "" where nobody says. */
  created: string;
  createdBy: string;
  author: string;
  comment: string;
  /** Absent where the step changed no file. */
  layer?: { diffId: string; digest: string; size: number };
}

/** How an image was made, the last step first. What layers no step tells of are steps that say nothing. */
export function readHistory(paths: HostPaths, manifestDigest: string): HistoryStep[] {
  const { id, config, manifest } = readImage(paths, manifestDigest);
  const text = readDocument(blobFile(paths, digestHex(id, "config")), id, "digest");
  const layers = config.diffIds.map((diffId, index) => ({
    diffId,
    digest: manifest.layers[index]?.digest ?? "",
    size: readLayerFacts(paths, digestHex(diffId, "diff id")).size,
  }));
  const steps = parseHistory(text, `config ${id}`).map((step): HistoryStep => {
    const { isEmpty, ...said } = step;
    const layer = isEmpty ? undefined : layers.shift();
    return layer === undefined ? said : { ...said, layer };
  });
  const silent = layers.map((layer): HistoryStep => ({ created: "", createdBy: "", author: "", comment: "", layer }));
  return [...steps, ...silent].reverse();
}

function parseHistory(text: string, what: string) {
  const { history } = parseRecord(text, what);
  return (Array.isArray(history) ? history : []).map((value, index) => {
    const place = `${what}: history[${index}]`;
    const step = expectRecord(value, place);
    return {
      created: optionalText(step.created, `${place}: created`),
      createdBy: optionalText(step.created_by, `${place}: created_by`),
      author: optionalText(step.author, `${place}: author`),
      comment: optionalText(step.comment, `${place}: comment`),
      isEmpty: step.empty_layer === true,
    };
  });
}
