import { grouped, humanTime, humanWeight, type Thread } from "@flambeau/core";
import { noteLine } from "./notes.ts";
import type { Summary, ThreadSummary } from "./summary.ts";

/** Threads that are named one by one; the rest is a number. */
const MOST_THREADS = 10;

/** A summary for people: one fact per line, names in the first column. */
export function summaryText(summary: Summary): string {
  const rows: [string, string][] = [
    ["format", formatLine(summary)],
    ...optional("producer", summary.producer),
    ...optional("title", summary.title),
    ...valueTypeRows(summary),
    ["samples", samplesLine(summary)],
    [
      "depth",
      `${grouped(summary.depth.deepest)} frames at most, ${summary.depth.mean.toFixed(1)} on average`,
    ],
    ...optional("duration", summary.duration === undefined ? undefined : humanTime(summary.duration)),
    ...optional("start", summary.start),
    ...optional("period", periodLine(summary)),
    ...threadRows(summary),
    ...topRows(summary),
    ...optional("labels", summary.labels.length === 0 ? undefined : summary.labels.join(", ")),
    ...summary.comments.map((comment): [string, string] => ["comment", comment]),
    ...summary.notes.map((note): [string, string] => ["note", noteLine(note)]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  let previous = "";
  const lines = rows.map(([name, text]) => {
    const shown = name === previous ? "" : name;
    previous = name;
    return `  ${shown.padEnd(width)}${clipped(text)}`;
  });
  return `${summary.file}\n${lines.join("\n")}\n`;
}

/** Names come from files and may be of any length; `--json` has them whole. */
const LONGEST = 300;

function clipped(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

function optional(name: string, text: string | undefined): [string, string][] {
  return text === undefined || text === "" ? [] : [[name, text]];
}

function formatLine({ format, formatTitle, wrappers }: Summary): string {
  const inside = wrappers.length === 0 ? "" : `, inside ${wrappers.join(", ")}`;
  return `${formatTitle} (${format}${inside})`;
}

function valueTypeRows({ valueTypes }: Summary): [string, string][] {
  const width = Math.max(0, ...valueTypes.map((type) => `${type.name}/${type.unit}`.length));
  return valueTypes.map((type): [string, string] => {
    const mark = type.default && valueTypes.length > 1 ? "  (default)" : "";
    const name = `${type.name}/${type.unit}`.padEnd(width);
    return ["value types", `${name}  ${humanWeight(type.total, type.unit)}${mark}`];
  });
}

function samplesLine({ samples, distinctStacks, functions }: Summary): string {
  const stacks = `${grouped(distinctStacks)} distinct stack${distinctStacks === 1 ? "" : "s"}`;
  return `${grouped(samples)} (${stacks}, ${grouped(functions)} functions)`;
}

function periodLine({ period }: Summary): string | undefined {
  return period === undefined ? undefined : `${humanWeight(period.value, period.unit)} of ${period.type}`;
}

function threadRows({ threads, valueTypes }: Summary): [string, string][] {
  const total = valueTypes.find((type) => type.default)?.total ?? 0;
  const rows = threads
    .slice(0, MOST_THREADS)
    .map((thread): [string, string] => ["threads", threadLine(thread, total)]);
  const rest = threads.length - rows.length;
  return rest > 0 ? [...rows, ["threads", `and ${grouped(rest)} more`]] : rows;
}

function threadLine(thread: ThreadSummary, total: number): string {
  const share = total === 0 ? "" : `  ${((100 * thread.weight) / total).toFixed(1)}%`;
  return `${threadTitle(thread)}${share}`;
}

/** Functions that are named; `--json` has a few more. */
const MOST_FUNCTIONS = 5;

function topRows({ top, valueTypes }: Summary): [string, string][] {
  const type = valueTypes.find((one) => one.default);
  if (type === undefined || type.total === 0) return [];
  return top.slice(0, MOST_FUNCTIONS).map((one): [string, string] => {
    const share = `${((100 * one.self) / type.total).toFixed(1)}%`.padStart(6);
    return ["most self", `${share}  ${one.name}`];
  });
}

function threadTitle({ name, pid, tid, process }: Thread): string {
  const ids = [pid, tid].filter((id) => id !== undefined).join("/");
  const of = process === undefined || process === name ? "" : ` of ${process}`;
  return `${name === "" ? "(no name)" : name}${ids === "" ? "" : ` ${ids}`}${of}`;
}
