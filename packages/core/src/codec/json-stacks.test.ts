import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FlambeauError } from "../util/errors.ts";
import { sourceOfBytes } from "../util/source.ts";
import { JsonReader, NumberColumn } from "./json.ts";

/** The lists as they were read, or what it broke off with; and how many came through the kernel. */
async function stacksOf(text: string, piece: number, plain: boolean): Promise<[unknown, number]> {
  // The kernel begins when the buffer was full once.
  const whole = sourceOfBytes(new TextEncoder().encode(" ".repeat(200) + text));
  const json = new JsonReader(
    { name: undefined, size: undefined, read: (target) => whole.read(target.subarray(0, piece)) },
    { bufferSize: 200, plain },
  );
  const found: (readonly number[])[] = [];
  const places: number[] = [];
  const path = new NumberColumn();
  let through = 0;
  try {
    await json.stacks(
      ({ values, ends, shared }, offset) => {
        ends.forEach((end, i) => {
          const own = values.subarray(i === 0 ? 0 : ends[i - 1]!, end);
          const before = shared[i] === 0 ? [] : found.at(-1)!.slice(0, shared[i]);
          expect(before.length).toBe(shared[i]);
          found.push([...before, ...own]);
          places.push(offset(i));
          through++;
        });
      },
      () => {
        json.peek();
        const { offset } = json;
        json.numbersWithin(path);
        found.push([...path.flat()]);
        places.push(offset);
      },
    );
  } catch (error) {
    if (!(error instanceof FlambeauError)) throw error;
    return [[found, places, `${error.code} at ${error.offset}: ${error.message}`], through];
  }
  return [[found, places, json.offset], through];
}

const index = fc.oneof({ weight: 9, arbitrary: fc.nat(30) }, { weight: 2, arbitrary: fc.nat(999_999_999) });
const odd = fc.constantFrom("-1", "1.5", "null", "1e3", "1234567890", "", " 7", "8 ", "[]", '"x"', "01");
/** How much of the stack before stays, what comes on top, and now and then what is no index. */
const step = fc.tuple(
  fc.nat(12),
  fc.array(index, { maxLength: 9 }),
  fc.oneof({ weight: 30, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: odd }),
);

describe("JsonReader.stacks", () => {
  it("reads lists that begin like the one before, through the kernel as without", async () => {
    let through = 0;
    let lists = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 10, maxLength: 40 }),
        fc.constantFrom(",", ",", ", ", " ,\n"),
        fc.integer({ min: 1, max: 300 }),
        async (steps, comma, piece) => {
          let path: string[] = [];
          const texts = steps.map(([gone, added, strange]) => {
            path = [...path.slice(0, Math.max(0, path.length - gone)), ...added.map(String)];
            return `[${(strange === null ? path : [...path, strange]).join(comma)}]`;
          });
          const text = `[${texts.join(comma)}]`;
          const [read, many] = await stacksOf(text, piece, false);
          expect(read).toEqual((await stacksOf(text, piece, true))[0]);
          through += many;
          lists += texts.length;
        },
      ),
      { seed: 14, numRuns: 200 },
    );
    expect(through).toBeGreaterThan(lists / 4);
  });

  it("keeps numbers apart that begin alike, and lists that end alike", async () => {
    const lists = [[1], [12, 3], [12, 34], [12, 34], [12], [1], [], [], [12, 34, 5], [12, 345]];
    // The first one goes the general way, and so do some while the buffer fills for the first time.
    const text = `[${" ".repeat(300)}[7],${JSON.stringify(lists).slice(1)}`;
    const [read, many] = await stacksOf(text, 1000, false);
    expect((read as unknown[])[0]).toEqual([[7], ...lists]);
    expect(many).toBe(lists.length);
  });
});
