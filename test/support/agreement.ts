import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../.cache/agreement/", import.meta.url));

/** How many of another tool's expected outputs we meet in one area. */
export interface Agreement {
  /** For people: "FlameGraph, stackcollapse-perf.pl". */
  readonly area: string;
  readonly total: number;
  /** Identical to what the other tool expects. */
  readonly agree: number;
  /** Different, in just the way that the committed list of differences says. */
  readonly deliberate: number;
  /** What is said of the two counts; default "identical", "differ on purpose". */
  readonly words?: { readonly agree: string; readonly deliberate: string };
}

/** Leaves the counts where `npm test` finds and prints them: one file per area. */
export function recordAgreement(agreement: Agreement): void {
  mkdirSync(folder, { recursive: true });
  const file = agreement.area.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  writeFileSync(`${folder}${file}.json`, JSON.stringify(agreement));
}
