import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FlambeauError } from "../util/errors.ts";
import { type ByteSource, sourceOfBytes } from "../util/source.ts";
import { JsonKeys, JsonReader, NumberColumn } from "./json.ts";
import { jsonPaths } from "./json-shape.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A source that gives at most `size` bytes at a time, every other time as a promise. */
function drip(bytes: Uint8Array, size: number): ByteSource {
  const whole = sourceOfBytes(bytes);
  let turn = 0;
  return {
    name: undefined,
    size: undefined,
    read: (target) => {
      const count = whole.read(target.subarray(0, size));
      return turn++ % 2 === 0 ? count : Promise.resolve(count);
    },
  };
}

const NO_KEYS = new JsonKeys();

/** The value as JSON.parse gives it (objects as Maps), within one step. */
function value(json: JsonReader): unknown {
  const byte = String.fromCharCode(json.peek());
  if (byte === "{") {
    const members = new Map<string, unknown>();
    json.enterObject();
    while (json.nextKey(NO_KEYS) !== undefined) {
      const key = json.spanText();
      members.set(key, value(json));
    }
    return members;
  }
  if (byte === "[") {
    const elements: unknown[] = [];
    json.enterArray();
    while (json.nextElement()) elements.push(value(json));
    return elements;
  }
  if (byte === '"') return json.text();
  if (byte === "t" || byte === "f") {
    json.skipValue();
    return byte === "t";
  }
  return json.null() ? null : json.number();
}

/** Reads a value that holds no words. */
function walk(json: JsonReader): void {
  const byte = String.fromCharCode(json.peek());
  if (byte === "{") {
    json.enterObject();
    while (json.nextKey(NO_KEYS) !== undefined) walk(json);
  } else if (byte === "[") {
    json.enterArray();
    while (json.nextElement()) walk(json);
  } else if (byte === '"') json.string();
  else json.number();
}

function asMaps(parsed: unknown): unknown {
  if (Array.isArray(parsed)) return parsed.map(asMaps);
  if (parsed === null || typeof parsed !== "object") return parsed;
  return new Map(Object.entries(parsed).map(([key, inner]) => [key, asMaps(inner)]));
}

async function readAll(text: string | Uint8Array, bufferSize = 64, piece = 1000): Promise<unknown> {
  const bytes = typeof text === "string" ? utf8(text) : text;
  const json = new JsonReader(drip(bytes, piece), { bufferSize });
  const result = await json.take(() => value(json));
  expect(await json.atEnd()).toBe(true);
  return result;
}

async function failure(promise: Promise<unknown>): Promise<FlambeauError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(FlambeauError);
  return error as FlambeauError;
}

describe("JsonReader", () => {
  it("reads what JSON.parse reads, however the bytes arrive", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.json({ depthSize: "medium", stringUnit: "binary" }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom(0, 1, 4),
        async (text, bufferSize, piece, indent) => {
          const spaced = JSON.stringify(JSON.parse(text), undefined, indent);
          const parsed = JSON.parse(spaced) as unknown;
          const inArray = await readAll(`[${spaced}]`, bufferSize, piece);
          expect(inArray).toEqual([asMaps(parsed)]);
        },
      ),
      { seed: 7, numRuns: 600 },
    );
  });

  it("reads numbers to the last bit", async () => {
    const texts = [
      "0",
      "-0",
      "12",
      "-7",
      "123456789012345",
      "1234567890123456789",
      "0.1",
      "-12.375",
      "1e3",
      "2E-7",
    ];
    texts.push(
      "1.7976931348623157e308",
      "5e-324",
      "0.30000000000000004",
      "9007199254740993",
      "123456.789012",
      "1e999",
    );
    expect(await readAll(`[${texts.join(" , ")}]`)).toEqual(texts.map((text) => JSON.parse(text)));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.double({ noNaN: true, noDefaultInfinity: true })), async (numbers) => {
        expect(await readAll(JSON.stringify(numbers))).toEqual(JSON.parse(JSON.stringify(numbers)));
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it("reads Python's NaN and Infinity", async () => {
    expect(await readAll("[NaN, Infinity,-Infinity]")).toEqual([
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]);
  });

  it("keeps integers beyond 2^53 exact", async () => {
    const json = new JsonReader(sourceOfBytes(utf8("63842293195420265 ")));
    expect(await json.take(() => json.exactNumber().exact)).toBe(63842293195420265n);
  });

  it("undoes escapes, surrogate pairs and halves of them", async () => {
    expect(await readAll('["\\u00e9\\ud83d\\ude00\\n\\/\\"\\\\\\t\\b\\f\\r"]')).toEqual([
      'é😀\n/"\\\t\b\f\r',
    ]);
    const json = new JsonReader(sourceOfBytes(utf8('"\\ud83d!" ')));
    await json.take(() => json.string());
    expect([...json.spanBytes.subarray(json.spanStart, json.spanEnd)]).toEqual([0xed, 0xa0, 0xbd, 0x21]);
  });

  it("keeps bytes that are not UTF-8, and NUL", async () => {
    const json = new JsonReader(sourceOfBytes(Uint8Array.of(0x22, 0x61, 0xff, 0, 0x62, 0x22, 0x20)));
    await json.take(() => json.string());
    expect([...json.spanBytes.subarray(json.spanStart, json.spanEnd)]).toEqual([0x61, 0xff, 0, 0x62]);
  });

  it("ignores a byte order mark and says where it is", async () => {
    const json = new JsonReader(sourceOfBytes(Uint8Array.of(0xef, 0xbb, 0xbf, 0x5b, 0x5d)));
    await json.take(() => json.enterArray());
    expect(json.offset).toBe(4);
  });

  it("finds keys by their bytes, escaped ones too", async () => {
    const keys = new JsonKeys("at", "frame", "__proto__");
    const json = new JsonReader(sourceOfBytes(utf8('{"frame":1,"x":{},"\\u0061t":2,"__proto__":3} ')));
    const seen: unknown[] = [];
    await json.take(() => {
      seen.length = 0;
      json.enterObject();
      for (let key = json.nextKey(keys); key !== undefined; key = json.nextKey(keys)) {
        seen.push(key);
        json.skipValue();
      }
    });
    expect(seen).toEqual(["frame", "", "at", "__proto__"]);
  });

  it.each([
    ["[1 2]", 3],
    ['{"a" 1}', 5],
    ["[1,]", 3],
    ["{1:2}", 1],
    ["[tru]", 1],
    ["[1.2.3]", 1],
    ["[-]", 1],
    ['["\\x"]', 2],
    ["[@]", 1],
    ["[}", 1],
  ])("says where %s is wrong", async (text, offset) => {
    const json = new JsonReader(sourceOfBytes(utf8(`${text} `)), { format: "f" });
    const error = await failure(json.take(() => walk(json)));
    expect([error.code, error.offset, error.format]).toEqual(["malformed", offset, "f"]);
  });

  it("calls an input that ends too early truncated, at every length", async () => {
    const text = '{"a":[1,{"b":"c\\n"},null,2.5e3],"d":true}';
    for (let length = 0; length < text.length; length++) {
      const error = await failure(readAll(text.slice(0, length), 8, 3));
      expect([error.code, error.offset]).toEqual(["truncated", length]);
    }
  });

  it("accepts a trailing comma only where asked to", async () => {
    const json = new JsonReader(sourceOfBytes(utf8("[1,] ")), { trailingCommas: true });
    expect(await json.take(() => value(json))).toEqual([1]);
  });

  it("skips a value of any length in a small buffer", async () => {
    const inner = JSON.stringify(Array.from({ length: 5000 }, (_, i) => ({ k: `"\\]}${i}`, v: [i, []] })));
    for (const skipped of [inner, `"${'\\\\\\"x'.repeat(9000)}"`, "12345", "null"]) {
      const bytes = utf8(`[${skipped},7]`);
      const json = new JsonReader(drip(bytes, 7), { bufferSize: 32 });
      await json.take(() => (json.enterArray() as unknown) === json.nextElement());
      await json.skip();
      expect(await json.take(() => json.nextElement() && json.number())).toBe(7);
      expect(json.offset).toBe(bytes.length - 1);
    }
  });

  it("reads arrays of integers across refills, doubles where they must be", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.integer(),
            fc.integer({ min: -99, max: 99 }),
            fc.maxSafeInteger(),
            fc.double({ noNaN: true, noDefaultInfinity: true }),
          ),
        ),
        fc.integer({ min: 1, max: 30 }),
        fc.constantFrom(0, 2),
        async (numbers, piece, indent) => {
          const text = JSON.stringify(numbers, undefined, indent);
          const json = new JsonReader(drip(utf8(text), piece), { bufferSize: 16 });
          const column = new NumberColumn();
          await json.numbers(column);
          const expected = (JSON.parse(text) as number[]).map((number) => number + 0);
          expect([...column.flat()].map((number) => number + 0)).toEqual(expected);
          const record = new JsonReader(drip(utf8(text), piece), { bufferSize: 16 });
          await record.take(() => record.numbersWithin(column));
          expect([...column.flat()].map((number) => number + 0)).toEqual(expected);
        },
      ),
      { seed: 3, numRuns: 500 },
    );
  });

  it("keeps small integers at four bytes and widens for one that is none", () => {
    const column = new NumberColumn();
    column.push(5);
    expect(column.flat()).toBeInstanceOf(Int32Array);
    column.push(2 ** 40);
    expect([...column.flat()]).toEqual([5, 2 ** 40]);
  });

  it("reads 200,000 levels without recursion, in steps", async () => {
    const depth = 200_000;
    const json = new JsonReader(drip(utf8("[".repeat(depth) + "]".repeat(depth)), 5000), {
      bufferSize: 1000,
    });
    let open = 0;
    let deepest = 0;
    await json.run(() => {
      if (open > 0 && !json.nextElement()) return --open > 0;
      json.enterArray();
      deepest = Math.max(deepest, ++open);
      return true;
    });
    expect(deepest).toBe(depth);
    const skipping = new JsonReader(drip(utf8("[".repeat(depth) + "]".repeat(depth)), 5000), {
      bufferSize: 1000,
    });
    await skipping.skip();
    expect(await skipping.atEnd()).toBe(true);
  });

  it("holds no more than its buffer while it reads records", async () => {
    const records = 20_000;
    const text = `[${Array.from({ length: records }, (_, i) => `{"id":${i}}`).join()}]`;
    let largest = 0;
    const whole = sourceOfBytes(utf8(text));
    const source: ByteSource = {
      name: undefined,
      size: undefined,
      read: (target) => {
        largest = Math.max(largest, target.length);
        return whole.read(target);
      },
    };
    const json = new JsonReader(source, { bufferSize: 256 });
    const keys = new JsonKeys("id");
    let sum = 0;
    await json.take(() => json.enterArray());
    await json.run(() => {
      if (!json.nextElement()) return false;
      let id = 0;
      json.enterObject();
      while (json.nextKey(keys) !== undefined) id = json.number();
      sum += id;
      return true;
    });
    expect(sum).toBe((records * (records - 1)) / 2);
    expect(largest).toBeLessThanOrEqual(512);
  });
});

describe("jsonPaths", () => {
  it("lists the paths of keys, not what strings hold", () => {
    const text = '{"nodes":[{"id":1,"callFrame":{"url":"\\"head\\":{"}}],"a":{"b":{"c":[[1]]}},"cut":"of';
    expect([...jsonPaths(utf8(text))]).toEqual(
      [
        "{}",
        "nodes",
        "nodes[]",
        "nodes[].id",
        "nodes[].callFrame",
        "nodes[].callFrame.url",
        "a",
        "a.b",
        "a.b.c",
      ].concat(["a.b.c[]", "a.b.c[][]", "cut"]),
    );
  });

  it("sees an array as the whole, and nothing in other text", () => {
    expect([...jsonPaths(utf8('\ufeff [{"ph":"B"}]'))]).toEqual(["[]", "[].ph"]);
    expect([...jsonPaths(utf8('main;foo {"x":1} 5'))]).toEqual([]);
    expect([...jsonPaths(utf8('}}]],,"{[[[[[[[[[[{'))]).toEqual([]);
  });
});
