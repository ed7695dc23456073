import { grouped } from "@flambeau/core";
import type { JSX } from "preact";
import type { SummaryResult } from "../../data/views/summary.ts";
import { percent, relativeChange, weight } from "../format.ts";
import type { Store } from "../store.ts";
import { useCall } from "../use-call.ts";

/** Fewer samples than this say little about any function. */
const FEW = 100;
/** More of the weight than this in frames without a name hides where it is spent. */
const MUCH_UNKNOWN = 0.2;

/** Below the views: how much is shown, and what in it cannot be trusted. */
export function Status({ store }: { readonly store: Store }): JSX.Element | null {
  const data = store.spec.value;
  const profile = store.profile.value;
  const answer = useCall(store, "summary", data === undefined ? undefined : { data }).value;
  const found = answer.value;
  if (profile === undefined || found === undefined) return <footer class="status" />;
  const doubts = doubtsOf(found, profile.samples === profile.observations);
  return (
    <footer class="status">
      <span>{amountOf(found)}</span>
      {doubts.map((doubt) => (
        <span key={doubt} class="doubt">
          ⚠ {doubt}
        </span>
      ))}
    </footer>
  );
}

function amountOf({ samples, total, unit, measured, sides }: SummaryResult): string {
  if (sides !== undefined) {
    const of = unit === "samples" ? " samples" : measured === undefined ? "" : ` of ${measured}`;
    const change = relativeChange(sides.base, sides.head);
    return `${weight(sides.base, unit)} → ${weight(sides.head, unit)}${of} (${change})`;
  }
  const rows = `${grouped(samples)} samples`;
  if (unit === "samples")
    return total === samples ? rows : `${grouped(total)} samples in ${grouped(samples)} rows`;
  return `${rows} · ${weight(total, unit)}${measured === undefined ? "" : ` of ${measured}`}`;
}

function doubtsOf({ samples, unknown, total, unit, sides }: SummaryResult, each: boolean): string[] {
  const doubts: string[] = [];
  // Aggregated inputs have few rows of great weight: rows say nothing about how often was looked.
  const observations = each && unit === "samples" ? total : samples;
  if (samples === 0) doubts.push("Nothing is left to show: widen the selection or switch filters off.");
  else if (observations < FEW && (each || unit === "samples") && sides === undefined) {
    const error = 1 / (2 * Math.sqrt(observations));
    doubts.push(`Only ${observations} samples: shares may be off by ${percent(2 * error)} or more.`);
  }
  if (unknown > MUCH_UNKNOWN)
    doubts.push(`${percent(unknown)} ends in functions without a name: are symbols missing?`);
  return doubts;
}
