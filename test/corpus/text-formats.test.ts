import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { type Reader, readerById, readers, sourceOfBytes } from "../../packages/core/src/index.ts";
import { Notes } from "../../packages/core/src/model/notes.ts";
import { detect } from "../../packages/core/src/readers/open.ts";
import { recordAgreement } from "../support/agreement.ts";
import { corpusFiles, haveCorpus, readCorpus } from "../support/corpus.ts";
import { readMutations } from "../support/fuzz.ts";
import { foldedOf } from "../support/letters.ts";
import { headOf, readingError, readWith } from "../support/reading.ts";
import { textComparisons } from "./text-comparisons.ts";

/** Folder of the corpus → reader; files that are something else by their name. */
const FOLDERS: Readonly<Record<string, string>> = {
  bpftrace: "bpftrace",
  "bcc-doc-example": "bcc",
  dtrace: "dtrace",
  callgrind: "callgrind",
  cachegrind: "callgrind",
  "java-thread-dump": "java-thread-dump",
  "go-goroutine-dump": "go-stacks",
  "gdb-backtrace": "gdb",
  "eu-stack": "eu-stack",
  "py-faulthandler": "faulthandler",
  "flamegraph-svg": "flamegraph-svg",
  "macos-sample": "macos-sample",
  "austin-text": "austin",
  rprof: "rprof",
  "xdebug-trace": "xdebug-trace",
  massif: "massif",
  "instruments-deepcopy": "instruments",
  pmcstat: "pmcstat",
  "vtune-csv": "call-tree-csv",
  "vsprof-csv": "call-tree-csv",
  "memray-csv": "memray-csv",
  "ghc-prof": "ghc-prof",
  "async-profiler-html": "async-profiler-html",
};
/** Files that are not, or not whole, what their folder says. */
const REFUSED: Readonly<Record<string, string>> = {
  "jonhoo__inferno__only-header-lines.txt": "malformed",
  "jonhoo__inferno__bad-stack-line.txt": "malformed",
  "jonhoo__inferno__bad-stack-line.csv": "malformed",
  "jonhoo__inferno__skipped-indentation.csv": "malformed",
  "jonhoo__inferno__missing-function-name.csv": "malformed",
  "jonhoo__inferno__odd-indentation.txt": "malformed",
  "jonhoo__inferno__skipped-indentation.txt": "malformed",
};
const OTHER_FORMAT: Readonly<Record<string, string>> = {
  "iovisor__bcc__memleak_example.txt": "none",
  "jonhoo__inferno__incorrect-header.csv": "none",
};

/** Single files of folders that hold another format, too. */
const STRAYS: readonly { folder: string; file: string; id: string; title: string }[] = haveCorpus
  ? [["folded", "laixintao__flameshow__with_comment.txt", "austin"] as const].map(([folder, file, id]) => ({
      folder,
      file,
      id,
      title: `${folder}/${file}`,
    }))
  : [];

const inputs = [
  ...STRAYS,
  ...Object.entries(FOLDERS).flatMap(([folder, id]) =>
    corpusFiles(folder)
      .filter((file) => OTHER_FORMAT[file] !== "none" && !/\.(?:bz2|zip)$/.test(file))
      .map((file) => ({ folder, file, id: OTHER_FORMAT[file] ?? id, title: `${folder}/${file}` })),
  ),
];

/** The content with its wrappers taken off, as a reader gets it. */
async function unwrapped(folder: string, file: string): Promise<Uint8Array> {
  const bytes = readCorpus(folder, file);
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
  const { source } = await detect(sourceOfBytes(plain), new Notes(), { from: "folded" });
  const chunks: Uint8Array[] = [];
  for (;;) {
    const chunk = new Uint8Array(1 << 16);
    const count = await source.read(chunk);
    if (count === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, count));
  }
}

function readerOf(id: string): Reader {
  const reader = readerById(id);
  if (reader === undefined) throw new Error(`there is no reader ${id}`);
  return reader;
}

describe.skipIf(!haveCorpus)("corpus of text formats", () => {
  it.each(inputs)("reads $title", async ({ folder, file, id }) => {
    const reader = readerOf(id);
    const bytes = await unwrapped(folder, file);
    const sure = readers.filter((other) => other.sniff(headOf(bytes)) === "yes");
    expect(sure.map((other) => other.id)).toEqual([id]);
    const code = REFUSED[file];
    if (code !== undefined) {
      expect((await readingError(reader, bytes)).code).toBe(code);
      return;
    }
    const profile = await readWith(reader, bytes);
    expect(foldedOf(profile).length).toBeGreaterThan(0);
    expect(profile.meta.format).toBe(id);
    for (const type of profile.valueTypes) expect(type.unit).toMatch(/^[a-z]+$/);
  });

  const ids = [...new Set(Object.values(FOLDERS)), "go-pprof-raw"];
  const readable = ids.filter((id) =>
    inputs.some((input) => input.id === id && REFUSED[input.file] === undefined),
  );
  const small = readable.map((id) => {
    const files = inputs.filter((input) => input.id === id && REFUSED[input.file] === undefined);
    const sizes = files.map((input) => ({ ...input, size: readCorpus(input.folder, input.file).length }));
    return sizes.sort((a, b) => a.size - b.size)[0]!;
  });
  it.each(small)("reads or refuses mutations of $title", async ({ folder, file, id }) => {
    const bytes = await unwrapped(folder, file);
    // Thousands of cases are read from small inputs beside each reader; here it is what real files look like.
    const rounds = Math.min(300, Math.max(20, Math.ceil(2_000_000 / bytes.length)));
    expect(await readMutations(readerOf(id), bytes, rounds)).toBeGreaterThan(0);
  });
});

describe.skipIf(!haveCorpus)("expectations of other tools", () => {
  for (const area of new Set(textComparisons.map((one) => one.area))) {
    const ofArea = textComparisons.filter((one) => one.area === area);
    const count = { agree: 0, deliberate: 0 };
    describe(area, () => {
      it.each(ofArea)("$file", async ({ folder, file, id, expected, actual, reason }) => {
        const profile = await readWith(readerOf(id), await unwrapped(folder, file));
        expect(actual(profile)).toEqual(expected());
        if (reason === undefined) count.agree++;
        else count.deliberate++;
      });
      afterAll(() => recordAgreement({ area, total: ofArea.length, ...count }));
    });
  }
});

describe.skipIf(!haveCorpus)("UTF-16 in the corpus", () => {
  const files = ["folded", "java-thread-dump"].flatMap((folder) =>
    corpusFiles(folder)
      .filter((file) => /utf-?16/i.test(file))
      .map((file) => [folder, file] as const),
  );
  it.each(files)("%s/%s is unwrapped before its format is looked for", async (folder, file) => {
    const notes = new Notes();
    const detected = await detect(sourceOfBytes(readCorpus(folder, file)), notes, {});
    expect(detected.wrappers).toEqual(["UTF-16"]);
    expect(detected.reader.id).toBe(FOLDERS[folder] ?? "folded");
  });
  it("is there", () => expect(files.length).toBeGreaterThan(0));
});
