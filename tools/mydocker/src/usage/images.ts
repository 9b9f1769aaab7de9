import { programFailed, runProgram, siblingPath } from "@mydocker/stage";

/** What `mydocker-image df` prints. */
export interface ImagesUsage {
  images: {
    references: string[];
    id: string;
    created: string;
    size: number;
    shared: number;
    unique: number;
    containers: number;
  }[];
  size: number;
  reclaimable: number;
}

export async function imagesUsage(): Promise<ImagesUsage> {
  const result = await runProgram(siblingPath("mydocker-image"), ["df"]);
  if (result.code !== 0) throw programFailed("ask what images take", result);
  return JSON.parse(result.stdout) as ImagesUsage;
}
