import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { mutated, seeded } from "../../../../test/support/reading.ts";
import { Notes } from "../model/notes.ts";
import { FlambeauError } from "../util/errors.ts";
import { readAll, sourceOfBytes } from "../util/source.ts";
import { unbzip2 } from "./bzip2.ts";

const text = (letters: string): Uint8Array => new TextEncoder().encode(letters);
const random = seeded(7);
const noise = Uint8Array.from({ length: 250_000 }, () => Math.floor(random() * 256));
const WORDS = text("main;f;g 12\nmain;h 3\n".repeat(40));

/** `main;f;g 12` and so on, as bzip2 packs it: for machines without the program. */
const PACKED = Buffer.from(
  "QlpoOTFBWSZTWXjayvIAAWfZAAAQQAA4CCHjIABQgGgAKVI0A0yJkTsTwTgTkTAmhPRMCaCeir4J8E0E/F3JFOFCQeNrK8g=",
  "base64",
);

function pack(bytes: Uint8Array, ...options: string[]): Uint8Array | undefined {
  try {
    return execFileSync("bzip2", ["-c", ...options], { input: bytes, stdio: ["pipe", "pipe", "ignore"] });
  } catch {
    return undefined;
  }
}

async function unpack(packed: Uint8Array, notes: Notes = new Notes()): Promise<Uint8Array> {
  return readAll(unbzip2(sourceOfBytes(packed, "a.txt.bz2"), notes));
}

it("unpacks what bzip2 packs", async () => {
  expect(Buffer.compare(await unpack(PACKED), WORDS)).toBe(0);
  expect(unbzip2(sourceOfBytes(PACKED, "a.txt.bz2"), new Notes()).name).toBe("a.txt");
  const two = Buffer.concat([PACKED, PACKED]);
  expect((await unpack(two)).length).toBe(2 * WORDS.length);
});

const inputs: [string, Uint8Array, string[]][] = [
  ["nothing", text(""), []],
  ["a byte", text("x"), []],
  ["runs of every length", text(Array.from({ length: 600 }, (_, i) => "ab"[i % 2]!.repeat(i)).join("")), []],
  ["noise in several blocks", noise, ["-1"]],
  ["zeros", new Uint8Array(3_000_000), []],
];
it.skipIf(pack(WORDS) === undefined).each(inputs)("unpacks %s", async (_, bytes, options) => {
  expect(Buffer.compare(await unpack(pack(bytes, ...options)!), bytes)).toBe(0);
});

it("keeps the whole blocks of what is cut off or damaged, and says so", async () => {
  const joined = Buffer.concat([PACKED, PACKED]);
  for (const [packed, code] of [
    [joined.subarray(0, joined.length - 20), "bzip2-truncated"],
    [Buffer.concat([PACKED, text("BZh9 nothing of the kind")]), "bzip2-damaged"],
  ] as const) {
    const notes = new Notes();
    expect(Buffer.compare(await unpack(packed, notes), WORDS)).toBe(0);
    expect(notes.list().map((note) => [note.code, note.kind])).toEqual([[code, "truncated"]]);
  }
  await expect(unpack(PACKED.subarray(0, 30))).rejects.toMatchObject({ code: "malformed" });
});

it("unpacks mutations right, or not at all", async () => {
  const next = seeded(11);
  let whole = 0;
  for (let round = 0; round < 3000; round++) {
    try {
      const bytes = await unpack(mutated(PACKED, next));
      if (Buffer.compare(bytes, WORDS) === 0) whole++;
    } catch (error) {
      if (!(error instanceof FlambeauError)) throw error;
    }
  }
  expect(whole).toBeLessThan(3000);
});
