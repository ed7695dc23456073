import { type Reader, readers, writers } from "../../packages/core/src/index.ts";

/** Columns of the table: what a format can carry, in words. */
const COLUMNS: readonly (readonly [keyof Reader["carries"], string])[] = [
  ["time", "time"],
  ["threads", "threads"],
  ["labels", "labels"],
  ["lines", "lines"],
  ["inlined", "inlined"],
  ["severalValueTypes", "several value types"],
];

/** `docs/formats.md`, from the registry. */
export function formatsPage(): string {
  return `# Formats

<!-- Generated from the registry (readers/registry.ts, writers/registry.ts): npm run golden writes it anew. -->

The format of an input is found by its content, whatever the file is called; \`--from ID\` says it instead. gzip,
zstd, xz, LZ4, bzip2 and zip are taken off first, and so are a byte order mark and UTF-16. Of a zip archive with several files
the only one that is a profile is read; \`--entry NAME\` chooses where there are more.

## Read

| format | \`--from\` | usual endings | ${COLUMNS.map(([, title]) => title).join(" | ")} |
|---|---|---|${"---|".repeat(COLUMNS.length)}
${readers.map(readerRow).join("\n")}

A column says what the reader takes over where the file has it.

## Write

| format | \`--to\` | chosen by the endings |
|---|---|---|
${writers.map((writer) => row([writer.title, code(writer.id), writer.extensions.map(code).join(" ")])).join("\n")}

\`.svg\` draws the flame graph, \`.html\` the whole viewer with the profile in it. What a format cannot hold is said on
stderr when it is written.

\`flambeau\` holds everything that a profile holds, whatever it was read from, and is the quickest to read again: packed
columns in one pass, in gzip smaller than pprof. Its layout is described in
[codec/flambeau/format.ts](../packages/core/src/codec/flambeau/format.ts). The self-contained HTML carries it,
and is read like any profile.
`;
}

function readerRow(reader: (typeof readers)[number]): string {
  const marks = COLUMNS.map(([key]) => (reader.carries[key] ? "✓" : ""));
  return row([reader.title, code(reader.id), reader.extensions.map(code).join(" "), ...marks]);
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function code(text: string): string {
  return `\`${text}\``;
}
