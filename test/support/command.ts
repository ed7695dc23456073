import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const cli: URL = new URL("../../packages/cli/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("package.json", cli), "utf8")) as {
  bin: { flambeau: string };
};

/** The built command: the file that package managers link as `flambeau`. */
export const commandPath: string = fileURLToPath(new URL(manifest.bin.flambeau, cli));
