import { readdirSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { readOddNumbers } from "../../../../test/support/fuzz.ts";
import { readerById } from "./registry.ts";

const fixtures = fileURLToPath(new URL("../../../../fixtures", import.meta.url));
const CASES = 60;
const LARGEST = 6000;

/** The smallest recording of each format that is text. */
function smallest(): (readonly [id: string, text: string])[] {
  const found: (readonly [string, string])[] = [];
  for (const id of readdirSync(fixtures)) {
    if (readerById(id) === undefined) continue;
    const files = readdirSync(`${fixtures}/${id}`)
      .map((name) => `${fixtures}/${id}/${name}`)
      .sort((a, b) => statSync(a).size - statSync(b).size);
    const text = readFileSync(files[0]!, "latin1");
    if (text.length <= LARGEST && /^[\t\n\r -~\x80-\xff]+$/.test(text) && /\d/.test(text))
      found.push([id, text]);
  }
  return found;
}

/** Tables that index each other, as Firefox has them: an index that is a fraction once had the reader look for it for ever. */
const FIREFOX = JSON.stringify({
  meta: {
    version: 27,
    preprocessedProfileVersion: 49,
    interval: 1,
    startTime: 0,
    product: "x",
    categories: [],
  },
  libs: [],
  threads: [
    {
      name: "t",
      pid: 1,
      tid: 2,
      stringArray: ["a", "b"],
      samples: { length: 2, stack: [1, 0], time: [0, 1], weight: null, weightType: "samples" },
      stackTable: { length: 2, frame: [0, 1], prefix: [null, 0] },
      frameTable: { length: 2, func: [0, 1], line: [3, null], address: [-1, -1], category: [0, 0] },
      funcTable: {
        length: 2,
        name: [0, 1],
        isJS: [false, false],
        resource: [-1, -1],
        fileName: [null, null],
      },
      resourceTable: { length: 0, lib: [], name: [] },
    },
  ],
});

const TRACE = JSON.stringify([
  { ph: "B", pid: 1, tid: 1, name: "a", ts: 0 },
  { ph: "X", pid: 1, tid: 1, name: "b", ts: 1, dur: 2 },
  { ph: "E", pid: 1, tid: 1, name: "a", ts: 14 },
]);

it.each([...smallest(), ["firefox", FIREFOX], ["chrome-trace", TRACE]] as const)(
  `reads or refuses %s with an odd number`,
  async (id, text) => {
    expect(await readOddNumbers(readerById(id)!, text, CASES)).toBeGreaterThan(0);
  },
);
