import { readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { type Unread, unread } from "../../../../test/corpus/unread.ts";
import { recordAgreement } from "../../../../test/support/agreement.ts";
import { corpusFiles, corpusRoot, haveCorpus, readCorpus } from "../../../../test/support/corpus.ts";
import { validated } from "../../../../test/support/letters.ts";
import { gunzip } from "../../../cli/src/io/gunzip.ts";
import { Notes } from "../model/notes.ts";
import { FlambeauError } from "../util/errors.ts";
import { sourceOfBytes } from "../util/source.ts";
import { unpackers } from "../wrappers/index.ts";
import { writers } from "../writers/registry.ts";
import { chooseReader, detect, readProfile } from "./open.ts";
import { HEAD_SIZE, Head } from "./reader.ts";
import { readerById, readers } from "./registry.ts";

const fixtures = fileURLToPath(new URL("../../../../fixtures", import.meta.url));

/** What a reader sees of a file, wrappers taken off. The name is withheld: the content alone must tell. */
async function headOf(file: Uint8Array): Promise<Head> {
  try {
    const options = { from: "folded", gunzip, unpackers };
    return (await detect(sourceOfBytes(file), new Notes(), options)).head;
  } catch {
    // A truncated file, or an archive of several: then it is looked at as it is.
    return new Head(file.subarray(0, HEAD_SIZE), file.length < HEAD_SIZE);
  }
}

function sure(head: Head): string[] {
  return readers.filter((reader) => reader.sniff(head) === "yes").map((reader) => reader.id);
}

/** Files beyond this size are read to their end by the tests of their formats only: this one must be quick. */
const LONG = 1 << 16;

/** What becomes of an input without a name. Anything but a profile or a FlambeauError fails. */
async function outcome(bytes: Uint8Array, head: Head): Promise<"unknown" | "refused" | "read" | "long"> {
  try {
    chooseReader(head);
  } catch {
    return "unknown";
  }
  if (bytes.length > LONG) return "long";
  try {
    validated(await readProfile(sourceOfBytes(bytes), { gunzip, unpackers, samples: "merged" }));
    return "read";
  } catch (error) {
    if (error instanceof FlambeauError) return "refused";
    throw error;
  }
}

/** Corpus folders whose files are of another folder's format, and files that no content can tell. */
const SAME_FORMAT = new Map<string, string>([
  ["alcpuprofile", "v8-cpuprofile"],
  ["bazel-profile", "chrome-trace"],
  ["clang-time-trace", "chrome-trace"],
  ["d3-flamegraph-json", "tree-json"],
  ["firefox-gecko", "gecko"],
  ["firefox-processed", "firefox"],
  ["pytorch-kineto-trace", "chrome-trace"],
  ["viztracer-json", "chrome-trace"],
  ["austin-text", "austin"],
  ["bcc-doc-example", "bcc"],
  ["cachegrind", "callgrind"],
  ["gdb-backtrace", "gdb"],
  ["go-exec-trace-text", "go-exec-trace"],
  ["go-goroutine-dump", "go-stacks"],
  ["instruments-deepcopy", "instruments"],
  ["py-faulthandler", "faulthandler"],
  ["pyinstrument-json", "pyinstrument"],
  ["pyroscope-flamebearer", "flamebearer"],
  ["v8-isolate-log", "v8-log"],
  ["v8-isolate-log/jlfwong__speedscope__simple.v8log.json.zip", "v8-log-json"],
  ["vsprof-csv", "call-tree-csv"],
  ["vtune-csv", "call-tree-csv"],
  ["folded/laixintao__flameshow__with_comment.txt", "austin"],
  ["luajit-jp", "luajit"],
  ...["10fG", "G", "vfG"].map(
    (flags) => [`luajit-jp/generated__here__luajit.jp-${flags}.txt`, "folded"] as const,
  ),
  ["uftrace-replay", "uftrace"],
  ["jfr/openjdk__jmc__7u40.jfr", "jfr-0"],
  ["jfr/openjdk__jmc__8u0.jfr", "jfr-0"],
  ["vtune-gprof-cc", "gprof"],
  ["bcc-doc-example/iovisor__bcc__memleak_example.txt", "bcc-memleak"],
  ["java-hprof-txt", "java-hprof"],
  ["scalene-json", "scalene"],
  ["gperftools-cpu", "pprof-legacy"],
  ["stackprof-marshal", "stackprof"],
  ["simpleperf-proto", "simpleperf"],
  ["gperftools-heap", "pprof-legacy"],
  ["pprof-legacy/google__pprof__driver_go.nomappings.crash", "pprof"],
]);

function* allCorpusFiles(): Generator<[folder: string, file: string]> {
  for (const folder of readdirSync(corpusRoot)) {
    if (!statSync(`${corpusRoot}/${folder}`).isDirectory()) continue;
    for (const file of corpusFiles(folder)) {
      if (statSync(`${corpusRoot}/${folder}/${file}`).isFile()) yield [folder, file];
    }
  }
}

/** What is wrong with how a file of the corpus is recognised and read. */
async function faults(folder: string, file: string, reason: Unread | undefined): Promise<string[]> {
  const wrong: string[] = [];
  const bytes = readCorpus(folder, file);
  const head = await headOf(bytes);
  const yes = sure(head);
  const right = SAME_FORMAT.get(`${folder}/${file}`) ?? SAME_FORMAT.get(folder) ?? folder;
  if (yes.length > 1 || (yes.length === 1 && yes[0] !== right)) wrong.push(`${folder}/${file}: ${yes}`);
  const expected = reason === undefined ? "read" : reason.recognised ? "refused" : "unknown";
  const result = await outcome(bytes, head);
  if (result !== expected && (result !== "long" || expected === "unknown")) {
    wrong.push(`${folder}/${file}: ${result}, not ${expected}`);
  }
  return wrong;
}

describe("registry", () => {
  it("has unique priorities and ids, highest priority first", () => {
    const priorities = readers.map((reader) => reader.priority);
    expect(new Set(priorities).size).toBe(readers.length);
    expect(priorities).toEqual([...priorities].sort((a, b) => b - a));
    for (const list of [readers, writers]) {
      const ids = list.map((one) => one.id);
      expect(new Set(ids).size).toBe(ids.length);
      for (const id of ids) expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    }
    for (const reader of readers) expect(readerById(reader.id)).toBe(reader);
  });

  it("reads every format that it writes", () => {
    for (const { id } of writers) expect([id, readerById(id)?.id]).toEqual([id, id]);
  });
});

describe("sniffing", () => {
  // Runs of what regular expressions like to go back over: a sniffer that does would not come back from here.
  const units = [
    " ",
    "\n",
    " \n",
    "0\n",
    "a (b)\n",
    "0x1 ",
    "((",
    "a;",
    "1.5 ",
    "a\n ",
    "  0x1f\n",
    '"',
    "[",
    "\r\n",
  ];

  it.each(units.flatMap((unit) => ["", "!", "\n!\n"].map((end) => [unit, end])))(
    "ends on %j … %j",
    (unit, end) => {
      const text = unit.repeat(Math.ceil(65536 / unit.length)).slice(0, 65536 - end.length) + end;
      const head = new Head(new TextEncoder().encode(text), false);
      for (const reader of readers) expect(["yes", "maybe", "no"]).toContain(reader.sniff(head));
    },
  );
});

describe("the matrix: exactly one reader is sure of each file, whatever its name", () => {
  for (const folder of readdirSync(fixtures)) {
    if (readerById(folder) === undefined) continue;
    for (const file of readdirSync(`${fixtures}/${folder}`)) {
      it(`fixtures/${folder}/${file}`, async () => {
        expect(sure(await headOf(readFileSync(`${fixtures}/${folder}/${file}`)))).toEqual([folder]);
      });
    }
  }

  it.skipIf(!haveCorpus)(
    "the corpus: never two, never the wrong one, and one but for known reasons",
    async () => {
      const wrong: string[] = [];
      let files = 0;
      let read = 0;
      const unused = new Set(unread);
      for (const [folder, file] of allCorpusFiles()) {
        const reason = unread.find(({ files }) => files === `${folder}/${file}` || files === `${folder}/`);
        if (reason !== undefined) unused.delete(reason);
        wrong.push(...(await faults(folder, file, reason)));
        files++;
        if (reason === undefined) read++;
      }
      expect(wrong).toEqual([]);
      expect([...unused]).toEqual([]);
      const words = { agree: "recognised without their names, and read", deliberate: "are not" };
      recordAgreement({
        area: "Files of the corpus",
        total: files,
        agree: read,
        deliberate: files - read,
        words,
      });
    },
  );
});
