import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FlambeauError } from "@flambeau/core";
import { canOpenBrowser, openInBrowser } from "./io/browser.ts";
import type { Target } from "./io/output.ts";
import { openOutput } from "./io/sink.ts";

/** Where a result goes, and whether it is opened. */
export interface PlaceValues {
  readonly output?: string;
  readonly open?: boolean;
}

/** Where the result is written: as the user says, a profile on standard output, a picture to a temporary file. */
export function resultPlace(target: Target, name: string, { output, open }: PlaceValues): string {
  if (target.kind === "profile" && open === true) {
    throw new FlambeauError("usage", "only a picture or a page can be opened", {
      hint: "Leave out --open, or --to.",
    });
  }
  if (output !== undefined) return output;
  return target.kind === "profile" ? "-" : join(mkdtempSync(join(tmpdir(), "flambeau-")), name);
}

/** Says where a picture is that got a place from us, and opens it. */
export async function tellPlace(place: string, target: Target, { output, open }: PlaceValues): Promise<void> {
  const asked = output !== undefined && open !== true;
  if (place === "-" || target.kind === "profile" || asked) return;
  const wanted = open ?? canOpenBrowser();
  const opened = wanted && (await openInBrowser(place));
  await openOutput("-").write(new TextEncoder().encode(`${place}\n`));
  if (wanted && !opened) throw new FlambeauError("io", `no browser could be started; the result is ${place}`);
}
