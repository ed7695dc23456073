import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FlambeauError } from "@flambeau/core";

/** The built viewer lies beside the folder of the bundle's pieces. */
const folder = fileURLToPath(new URL("../page/", import.meta.url));

/** A file of the built viewer: index.html, template.html and what they name. */
export function pageFile(name: string): Buffer {
  const path = join(folder, name);
  if (!existsSync(path)) {
    throw new FlambeauError("io", `the viewer's ${name} is not in ${folder}`, {
      hint: "Build it: npm run build in a checkout; or install flambeau again.",
    });
  }
  return readFileSync(path);
}

/** True where the built viewer has a file of this name; names with a folder in them are none. */
export function hasPageFile(name: string): boolean {
  return /^[\w-]+(?:\.[\w-]+)*$/.test(name) && existsSync(join(folder, name));
}
