import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { corpusFiles, haveCorpus, readCorpus } from "../../../../test/support/corpus.ts";
import { Notes } from "../model/notes.ts";
import { FlambeauError } from "../util/errors.ts";
import { encodeUtf8 } from "../util/platform.ts";
import { type ByteSource, sourceOfBytes } from "../util/source.ts";
import { scanPart, scanSource } from "./drive.ts";
import type { ScanTables, ScanTask } from "./kernel.ts";
import { createScanner } from "./scanner.ts";
import { haveWasm } from "./wasm.ts";

/** A source that gives a few bytes at a time, so that lines lie across pieces. */
function trickle(bytes: Uint8Array, step: number): ByteSource {
  const whole = sourceOfBytes(bytes);
  return { ...whole, read: (target) => whole.read(target.subarray(0, step)) };
}

async function scan(task: ScanTask, bytes: Uint8Array, plain: boolean, step = 1 << 20): Promise<ScanTables> {
  const scanner = createScanner(task, plain);
  await scanSource(scanner, trickle(bytes, step), new Notes());
  return scanner.finish();
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}

/** Everything that tables say, independent of how symbols, nodes and cells are numbered. */
function meaningOf(tables: ScanTables): unknown {
  const { symbols, nodeSymbol, nodeParent } = tables;
  const paths: string[] = [""];
  for (let node = 1; node < nodeSymbol.length; node++) {
    expect(nodeParent[node]).toBeLessThan(node);
    const symbol = nodeSymbol[node]!;
    const text = textOf(symbols.bytes.subarray(symbols.offsets[symbol]!, symbols.offsets[symbol + 1]!));
    paths[node] = `${paths[nodeParent[node]!]}|${text}`;
  }
  expect(new Set(paths).size).toBe(paths.length);
  const who = (group: number) => {
    const found = tables.groups[group];
    return found === undefined ? "" : `${textOf(found.who)}/${textOf(found.event)}`;
  };
  const rows = ({ node, group, a, b }: ScanTables["cells"]) =>
    Array.from(node, (at, i) => [paths[at], who(group[i]!), a[i], b[i]]);
  return {
    paths: paths.toSorted(),
    cells: rows(tables.cells).map(String).toSorted(),
    each: tables.each === undefined ? undefined : rows(tables.each),
    groups: tables.groups.map(
      (group) => `${textOf(group.who)}/${textOf(group.event)} ${group.hasPeriod} ${group.offset}`,
    ),
    samples: tables.samples,
    time: tables.time,
    faults: tables.faults.toSorted((a, b) => a.code - b.code),
  };
}

/** Words out of which perf script text, good and bad, is put together. */
const perfLine = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("", "\n", " ", "\r") },
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.constantFrom("java", "V8 12 Thread", "a", ":1", "dd", "  padded", "x: 1.5: y", "fé"),
        fc.constantFrom("1", "12/13", "-1", "7/-1", "?"),
        fc.constantFrom("", "[000] ", "[12] "),
        fc.constantFrom("1.000001: ", "12345.678901234: ", "99.5: ", ""),
        fc.constantFrom("", "17 ", "    1001001 "),
        fc.constantFrom(
          "cycles:",
          "cycles:u: ",
          "sched:sched_switch: prev=a next=b",
          "cpu-clock:  ffff81 f ([k])",
          "PERF_RECORD_COMM: a:1/1",
          "PERF_RECORD_MMAP2 1/1: [0x1(0x2) @ 0]: r-xp /x y",
          "PERF_RECORD_",
          "",
        ),
      )
      .map((words) => words.join("").replace(/(?<=\w)(?=\d)/, " ")),
  },
  {
    weight: 12,
    arbitrary: fc
      .tuple(
        fc.constantFrom("\t    ", "        ", ""),
        fc.constantFrom("ffffffff8104f45a", "0", "7f12", "xyz", ""),
        fc.constantFrom(
          " main",
          " foo<void (int)>::bar+0x1f",
          " [unknown]",
          " a->b",
          " ",
          " Lx/y;.z",
          " f+0x",
          " f\0g",
        ),
        fc.constantFrom(
          " ([kernel.kallsyms])",
          " (/a b/c.so)",
          " (/tmp/x (deleted))",
          " ([unknown])",
          "",
          " (inlined)",
          "(x)",
          ")",
        ),
      )
      .map((words) => words.join("")),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom("  file.c:12", "  libc.so[1f]", "# a comment", "java 12 cycles:", "x 5", "12"),
  },
);

const foldedLine = fc.oneof(
  fc
    .tuple(
      fc.array(fc.constantFrom("a", "b", "main", "a b", "", "__proto__", "é", "x_[k]", "operator()"), {
        maxLength: 6,
      }),
      fc.constantFrom(
        " 1",
        " 12 13",
        " 1.5",
        " -3",
        " 2e3",
        " 1e999",
        "",
        " x",
        " 5.",
        " .5",
        " 1e",
        " nan",
        "\t7",
        " 1 ",
      ),
    )
    .map(([frames, count]) => frames.join(";") + count),
  fc.constantFrom("", "# comment", "#a;b 1", "12", ";", "a;;b 1", "\r"),
);

const wasm = describe.skipIf(!haveWasm());

wasm("kernel and plain twin", () => {
  it.each([
    [{ format: "perf-script", each: false, addresses: true }],
    [{ format: "perf-script", each: true, addresses: false }],
  ] satisfies [ScanTask][])("agree on perf script text: %o", async (task) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(perfLine, { maxLength: 40 }),
        fc.integer({ min: 1, max: 90 }),
        async (lines, step) => {
          const bytes = encodeUtf8(lines.join("\n"));
          expect(meaningOf(await scan(task, bytes, false, step))).toEqual(
            meaningOf(await scan(task, bytes, true)),
          );
        },
      ),
      { numRuns: 600, seed: 7 },
    );
  });

  it.each([
    [{ format: "folded", each: false, columns: 1 }],
    [{ format: "folded", each: true, columns: 2 }],
  ] satisfies [ScanTask][])("agree on folded stacks: %o", async (task) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(foldedLine, { maxLength: 40 }),
        fc.integer({ min: 1, max: 90 }),
        async (lines, step) => {
          const bytes = encodeUtf8(lines.join("\n"));
          expect(meaningOf(await scan(task, bytes, false, step))).toEqual(
            meaningOf(await scan(task, bytes, true)),
          );
        },
      ),
      { numRuns: 600, seed: 7 },
    );
  });

  it("says that the input is too large where the kernel's memory ends", () => {
    const scanner = createScanner({ format: "folded", each: false, columns: 1 });
    expect(() => scanner.window(4.2e9)).toThrow(FlambeauError);
    expect(() => createScanner({ format: "folded", each: false, columns: 1 }).window(4.2e9)).toThrow(/4 GiB/);
  });

  it("agree when parts are scanned apart and together", async () => {
    const samples = Array.from({ length: 400 }, (_, i) => {
      const frames = Array.from(
        { length: (i * 7) % 23 },
        (__, d) => `\t ${(i % 5) * 16 + d} f${(i * d) % 11} (/bin/x)`,
      );
      return [`w ${i % 3}/${i % 4} ${i}.000001: ${i} cycles:`, ...frames, ""].join("\n");
    });
    const bytes = encodeUtf8(samples.join("\n"));
    const task: ScanTask = { format: "perf-script", each: false, addresses: false };
    const whole = meaningOf(await scan(task, bytes, false)) as { cells: string[]; samples: number };
    const readAt = (target: Uint8Array, position: number) => {
      const piece = bytes.subarray(position, position + Math.min(target.length, 37));
      target.set(piece);
      return piece.length;
    };
    for (const step of [1, 50, 333, 5000]) {
      const scanner = createScanner(task);
      // Back to front: the order in which threads take the parts is not known.
      for (let start = Math.floor(bytes.length / step) * step; start >= 0; start -= step) {
        const end = Math.min(start + step, bytes.length);
        scanPart(scanner, readAt, start, end, bytes.length, Uint8Array.of(10, 10));
      }
      const parts = meaningOf(scanner.finish()) as { cells: string[]; samples: number };
      expect(parts.samples).toBe(whole.samples);
      expect(parts.cells).toEqual(whole.cells);
    }
  });
});

describe.skipIf(!haveCorpus || !haveWasm())("kernel and plain twin on real files", () => {
  it.each(corpusFiles("perf-script").filter((name) => !name.endsWith(".gz")))("agree on %s", async (name) => {
    const bytes = readCorpus("perf-script", name);
    const task: ScanTask = { format: "perf-script", each: false, addresses: true };
    expect(meaningOf(await scan(task, bytes, false))).toEqual(meaningOf(await scan(task, bytes, true)));
  });

  it.each(corpusFiles("folded"))("agree on %s", async (name) => {
    const bytes = readCorpus("folded", name);
    const task: ScanTask = { format: "folded", each: false, columns: 1 };
    expect(meaningOf(await scan(task, bytes, false))).toEqual(meaningOf(await scan(task, bytes, true)));
  });
});
