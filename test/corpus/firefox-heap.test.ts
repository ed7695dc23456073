import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readerById, readers } from "../../packages/core/src/index.ts";
import { corpusFiles, haveCorpus, readCorpus } from "../support/corpus.ts";
import { foldedOf } from "../support/letters.ts";
import { headOf, mutated, readWith, seeded } from "../support/reading.ts";
import { snapshots } from "../support/snapshots.ts";

const FOLDERS = [
  ["firefox-processed", "firefox"],
  ["firefox-gecko", "gecko"],
  ["v8-heapprofile", "v8-heapprofile"],
] as const;
const inputs = FOLDERS.flatMap(([folder, id]) =>
  corpusFiles(folder)
    .filter((file) => !file.endsWith(".snap"))
    .map((file) => [folder, file, id] as const),
);

function unpacked(folder: string, file: string): Uint8Array {
  const bytes = readCorpus(folder, file);
  return bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
}

describe.skipIf(!haveCorpus)("corpus of Firefox's profiles and V8's heap profiles", () => {
  it.each(inputs)("reads %s/%s", async (folder, file, id) => {
    const bytes = unpacked(folder, file);
    const sure = readers.filter((reader) => reader.sniff(headOf(bytes)) === "yes");
    expect(sure.map((reader) => reader.id)).toEqual([id]);
    const profile = await readWith(sure[0]!, bytes);
    expect(profile.samples.length).toBeGreaterThan(0);
    const merged = await readWith(sure[0]!, bytes, "merged");
    expect(foldedOf(merged)).toEqual(foldedOf(profile));
    expect(profile.notes.map(({ code }) => code).filter((code) => code !== "markers")).toEqual([]);
  });

  it.each(inputs.filter(([, file]) => !file.startsWith("KonaeAkira")))(
    "reads or refuses mutations of %s/%s",
    async (folder, file, id) => {
      const bytes = unpacked(folder, file);
      const random = seeded(bytes.length);
      const rounds = Math.min(60, Math.max(5, Math.ceil(1_000_000 / bytes.length)));
      for (let round = 0; round < rounds; round++) {
        try {
          await readWith(readerById(id)!, mutated(bytes, random));
        } catch (error) {
          expect(error).toMatchObject({ name: "FlambeauError" });
        }
      }
    },
  );

  it("counts bytes of a heap profile as speedscope does", async () => {
    const snapshot = snapshots("v8-heapprofile/jlfwong__speedscope__v8heapalloc.test.ts.expected.snap");
    const theirs = new Map<string, number>();
    for (const { name, selfWeight } of snapshot.get("importV8HeapAlloc from Chrome 1")!.frames) {
      const plain = name.startsWith("(anonymous ") ? "(anonymous)" : name;
      if (selfWeight > 0) theirs.set(plain, (theirs.get(plain) ?? 0) + selfWeight);
    }
    const bytes = readCorpus(
      "v8-heapprofile",
      "jlfwong__speedscope__Chrome_69_Heap-20181005T144546.heapprofile",
    );
    const { samples, stacks, frames, strings } = await readWith(readerById("v8-heapprofile")!, bytes);
    const ours = new Map<string, number>();
    for (let row = 0; row < samples.length; row++) {
      const name = strings.get(frames.name[stacks.frame[samples.stack[row]!]!]!);
      ours.set(name, (ours.get(name) ?? 0) + samples.weights[0]![row]!);
    }
    expect(Object.fromEntries(ours)).toEqual(Object.fromEntries(theirs));
  });
});
