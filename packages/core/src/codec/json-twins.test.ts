import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { haveWasm } from "../kernel/wasm.ts";
import { ProfileBuilder } from "../model/builder.ts";
import { FlambeauError } from "../util/errors.ts";
import { type ByteSource, sourceOfBytes } from "../util/source.ts";
import { JsonKeys, JsonReader, NumberColumn } from "./json.ts";
import { type JsonRows, RowLayout, RowTexts } from "./json-rows.ts";

/** The kernel begins when the buffer was full once: the blanks in front make sure that it is. */
function reader(text: string, piece: number, plain: boolean, bufferSize: number = 64): JsonReader {
  const whole = sourceOfBytes(new TextEncoder().encode(" ".repeat(bufferSize) + text));
  const source: ByteSource = {
    name: undefined,
    size: undefined,
    read: (target) => whole.read(target.subarray(0, piece)),
  };
  return new JsonReader(source, { bufferSize, plain, trailingCommas: true });
}

/** What a run gives, an error's code and place included. */
async function outcome(run: () => Promise<unknown>): Promise<unknown> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof FlambeauError)) throw error;
    return `${error.code} at ${error.offset}: ${error.message}`;
  }
}

const LAYOUT = new RowLayout(
  ["name", "text"],
  ["ph", "letter"],
  ["at", "number"],
  ["args", "place"],
  ["children", "list"],
  ["frame", "object"],
  ["line", "number"],
  ["id", "number", "outer"],
);
const KEYS = new JsonKeys("name", "ph", "at", "args", "children", "frame", "line", "id");

/** Columns of integers have no negative zero. */
const unsigned = (value: number): number => value + 0;

/** The same record read by either way: [name, ph, at, kind of args, children, line, id]. */
class Records {
  readonly found: unknown[] = [];
  /** How many came through the kernel. */
  many = 0;
  readonly #json: JsonReader;
  readonly #builder = new ProfileBuilder();
  readonly #texts = new RowTexts(this.#builder);
  readonly #children = new NumberColumn();

  constructor(json: JsonReader) {
    this.#json = json;
  }

  rows(rows: JsonRows): void {
    this.many += rows.length;
    for (let row = 0; row < rows.length; row++) {
      const place = rows.place(row, 3);
      let args = "";
      if (place >= 0) {
        this.#json.revisit(place, () => {
          args = String.fromCharCode(this.#json.peek());
        });
        expect(rows.firstByte(row, 3)).toBe(args.charCodeAt(0));
      }
      this.found.push([
        rows.offset(row),
        this.#builder.text(this.#texts.string(rows, rows.text(row, 0))),
        rows.letter(row, 1),
        rows.number(row, 2, Number.NaN),
        args,
        Array.from(rows.list(row, 4), unsigned),
        rows.number(row, 5, Number.NaN),
        rows.number(row, 6, Number.NaN),
      ]);
    }
  }

  one(): void {
    const json = this.#json;
    json.peek();
    const record: unknown[] = [json.offset, "", 0, Number.NaN, "", [], Number.NaN, Number.NaN];
    this.#members(record, false);
    this.found.push(record);
  }

  #members(record: unknown[], inner: boolean): void {
    const json = this.#json;
    json.enterObject();
    for (let key = json.nextKey(KEYS); key !== undefined; key = json.nextKey(KEYS)) {
      if (key === "name") record[1] = json.text();
      else if (key === "ph") record[2] = json.text().charCodeAt(0) || 0;
      else if (key === "at") record[3] = json.number();
      else if (key === "args") {
        record[4] = String.fromCharCode(json.peek());
        json.skipValue();
      } else if (key === "children") {
        json.numbersWithin(this.#children);
        record[5] = Array.from(this.#children.flat(), unsigned);
      } else if (key === "line") record[6] = json.number();
      else if (key === "id" && !inner) record[7] = json.number();
      else if (key === "frame" && !inner && json.peek() === 0x7b) this.#members(record, true);
      else json.skipValue();
    }
  }
}

/** Reads a list of objects; `error` is what it broke off with. */
async function records(text: string, piece: number, plain: boolean, size: number) {
  const json = reader(text, piece, plain, size);
  const records = new Records(json);
  const error = await outcome(async () => {
    await json.rows(
      LAYOUT,
      (rows) => records.rows(rows),
      () => records.one(),
    );
    return (await json.atEnd()) ? "" : "more";
  });
  return { found: records.found, many: records.many, error };
}

const number = fc.oneof(
  fc.nat().map(String),
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom("-0", "0.0", "1e3", "12.50E-2", "336043688856.125", "null", "NaN", "1.", "01"),
);
const text = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('"main"', '"run task"', '"é"', '""') },
  {
    weight: 3,
    arbitrary: fc.string({ unit: "binary", maxLength: 40 }).map((value) => JSON.stringify(value)),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('"\\u0061b\\ud83d\\ude00"', '"\\x"', '"\\u12"', "null", "7", '"\\\\"'),
  },
);
const anything = fc.oneof(
  fc.json({ maxDepth: 3 }),
  fc.constantFrom("{}", "[]", "true", '{"a":{"b":"}\\"]"}}', '"]}"', "-1.5e3", "@", "[[[]"),
);
const list = fc.oneof(
  fc.array(fc.oneof(fc.nat(1000).map(String), number), { maxLength: 8 }).map((all) => `[${all.join(",")}]`),
  fc.constantFrom("[ ]", "[1 , 2]", "[1,]", "null", '["x"]', "[1 2]"),
);
const letter = fc.constantFrom('"X"', '"B"', '"XY"', '""', '"\\n"', '"\\""', "5");

/** Members in their usual order, now and then in another one, with blanks, twice, or with keys nobody knows. */
const members = (inner: fc.Arbitrary<readonly (readonly [string, string])[]>) =>
  fc
    .tuple(
      fc.record(
        { name: text, ph: letter, at: number, args: anything, children: list, id: number },
        { requiredKeys: [] },
      ),
      inner,
      fc.constantFrom(false, false, false, true),
      fc.constantFrom("", "", " ", "\n\t"),
      fc.option(
        fc.tuple(
          fc.constantFrom(
            '"other"',
            '"na\\u006de"',
            '"name"',
            '"line"',
            '"x y z 0123456789 0123456789 0123456789"',
          ),
          anything,
        ),
        {
          freq: 4,
        },
      ),
    )
    .map(([own, within, turned, blank, extra]) => {
      const all = Object.entries(own).map(([key, value]) => `"${key}"${blank}:${blank}${value}`);
      if (within.length > 0)
        all.push(`"frame":{${blank}${within.map(([key, value]) => `"${key}":${value}`).join(`,${blank}`)}}`);
      if (turned) all.reverse();
      if (extra !== null) all.push(`${extra[0]}:${extra[1]}`);
      return `{${all.join(`,${blank}`)}${blank}}`;
    });
const object = members(
  fc.oneof(
    fc.constant([]),
    fc.tuple(number, anything).map(
      ([line, other]) =>
        [
          ["line", line],
          ["url", other],
        ] as const,
    ),
    fc.constantFrom([["id", "5"] as const], [["frame", '{"line":1}'] as const]),
  ),
);
/** Objects without anything odd, which the kernel must take. */
const fine = fc
  .tuple(
    fc.constantFrom("a", "bc", "dé"),
    fc.nat(),
    fc.integer().map((at) => at / 1000),
  )
  .map(
    ([name, id, at]) =>
      `{"name":"${name}","ph":"X","at":${at},"id":${id},"children":[${id},2],"args":{"b":[1]}}`,
  );

describe.skipIf(!haveWasm())("the kernel's JSON and the plain reader", () => {
  it("agree on objects with known keys", async () => {
    let many = 0;
    let errors = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 14, arbitrary: fine }, { weight: 1, arbitrary: object }), {
          maxLength: 40,
          size: "max",
        }),
        fc.constantFrom("", " ", "\n"),
        fc.constantFrom("]", "]", "]", ",]", "", "}"),
        fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constant(5000)),
        fc.constantFrom(64, 300, 2000),
        async (objects, blank, close, piece, size) => {
          const whole = `[${blank}${objects.join(`${blank},${blank}`)}${blank}${close}`;
          const found = await records(whole, piece, false, size);
          many += found.many;
          if (found.error !== "") errors++;
          const plain = await records(whole, piece, true, size);
          expect([found.found, found.error]).toEqual([plain.found, plain.error]);
        },
      ),
      { seed: 5, numRuns: 1500 },
    );
    // The test is no good where the kernel refused all, or all was refused.
    expect(many).toBeGreaterThan(1500);
    expect(errors).toBeGreaterThan(150);
    expect(errors).toBeLessThan(1350);
  });

  it("hand objects over in bulk", async () => {
    const objects = Array.from({ length: 3000 }, (_, i) => `{"name":"f${i % 70}","at":${i / 4},"id":${i}}`);
    const all = await records(`[${objects.join(",\n")}]`, 50_000, false, 9000);
    expect(all.many).toBeGreaterThan(2900);
    expect(all.found.map((record) => (record as unknown[])[7])).toEqual(objects.map((_, i) => i));
    expect(all.found).toEqual((await records(`[${objects.join(",\n")}]`, 50_000, true, 9000)).found);
  });

  it("agree on lists of numbers, and on lists of lists", async () => {
    const element = fc.oneof(
      { weight: 20, arbitrary: fc.nat(5000).map(String) },
      { weight: 6, arbitrary: number },
      {
        weight: 2,
        arbitrary: fc.constantFrom("null", "true", "false", '"x"', "[1]", "2147483648", "1234567890"),
      },
      { weight: 1, arbitrary: fc.constantFrom("-", "tru", "@", "", "1 2", "nul") },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(element, { maxLength: 30 }), { maxLength: 8 }),
        fc.constantFrom(",", ", ", " ,\n"),
        fc.integer({ min: 1, max: 300 }),
        fc.constantFrom(undefined, -1, Number.NaN),
        async (lists, comma, piece, missing) => {
          const flat = `[${lists.flat().join(comma)}]`;
          const numbers = (plain: boolean) =>
            outcome(async () => {
              const column = new NumberColumn();
              const json = reader(flat, piece, plain);
              await json.numbers(column, missing);
              return [...column.flat(), column.integers, json.offset];
            });
          expect(await numbers(false)).toEqual(await numbers(true));
          const nested = `[${lists.map((one) => `[${one.join(comma)}]`).join(comma)}]`;
          const inLists = (plain: boolean) => outcome(() => listsOf(reader(nested, piece, plain), missing));
          expect(await inLists(false)).toEqual(await inLists(true));
        },
      ),
      { seed: 6, numRuns: 1000 },
    );
  });

  it("agree on plain numbers by the block, broken by whatever no block takes", async () => {
    const digits = (most: number) => fc.nat(10 ** most - 1).map(String);
    const plain = fc.oneof(
      { weight: 12, arbitrary: digits(4) },
      {
        weight: 6,
        arbitrary: fc
          .tuple(digits(8), fc.constantFrom("5", "000001", "250000", "12345678"))
          .map((all) => all.join(".")),
      },
      { weight: 3, arbitrary: digits(8) },
    );
    const odd = fc.constantFrom(
      "123456789",
      "-4",
      "null",
      "1e3",
      " 7",
      "7 ",
      "1.",
      ".5",
      "1.2.3",
      "90071992.54740993",
      "",
      "[]",
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 60, arbitrary: plain }, { weight: 1, arbitrary: odd }), {
          maxLength: 250,
        }),
        fc.array(fc.nat(30), { minLength: 1, maxLength: 9 }),
        fc.integer({ min: 200, max: 900 }),
        async (elements, lengths, piece) => {
          const numbers = (text: string, isPlain: boolean) =>
            outcome(async () => {
              const column = new NumberColumn();
              const json = reader(text, piece, isPlain, 900);
              await json.numbers(column);
              return [...column.flat(), column.integers, json.offset];
            });
          const whole = elements.filter((text) => !text.includes("."));
          for (const text of [`[${elements.join()}]`, `[0.5,${elements.join()}]`, `[${whole.join()}]`]) {
            expect(await numbers(text, false)).toEqual(await numbers(text, true));
          }
          const lists: string[] = [];
          for (let from = 0; from < elements.length; ) {
            const length = lengths[lists.length % lengths.length]!;
            lists.push(`[${elements.slice(from, from + length).join()}]`);
            from += Math.max(1, length);
          }
          const inLists = (isPlain: boolean) =>
            outcome(() => listsOf(reader(`[${lists.join()}]`, piece, isPlain, 900), undefined));
          expect(await inLists(false)).toEqual(await inLists(true));
        },
      ),
      { seed: 10, numRuns: 250 },
    );
  });

  it("read numbers to the last bit, like JSON.parse", async () => {
    const digits = (length: number) =>
      fc.array(fc.nat(9), { minLength: 1, maxLength: length }).map((all) => all.join(""));
    const whole = digits(22).map((text) => text.replace(/^0+(?=\d)/, ""));
    const decimal = fc
      .tuple(
        fc.constantFrom("", "-"),
        whole,
        fc.option(digits(20)),
        fc.option(fc.integer({ min: -60, max: 60 })),
      )
      .map(([sign, before, after, exponent]) => {
        return `${sign}${before}${after === null ? "" : `.${after}`}${exponent === null ? "" : `e${exponent}`}`;
      });
    // Right between two doubles, where rounding is to the even one.
    const halfway = fc
      .tuple(
        fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n - 1n }),
        fc.integer({ min: 1, max: 10 }),
        fc.constantFrom(-1n, 0n, 1n),
      )
      .map(([mantissa, shift, nudge]) => String(((mantissa * 2n + 1n) << BigInt(shift - 1)) + nudge));
    const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(decimal, halfway, double), { minLength: 5, maxLength: 60 }),
        async (texts) => {
          const column = new NumberColumn();
          await reader(`[0.5,${texts.join(",")}]`, 5000, false).numbers(column);
          expect([...column.flat()].slice(1)).toEqual(JSON.parse(`[${texts.join(",")}]`));
        },
      ),
      { seed: 8, numRuns: 1500 },
    );
  });

  it("skip the same values", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.json({ stringUnit: "binary" }), { maxLength: 6 }),
        fc.integer({ min: 1, max: 300 }),
        fc.string(),
        async (values, piece, behind) => {
          const whole = `[[${values.join()}],"${'\\\\\\"]'.repeat(piece % 60)}",{"a":[${values.join()}]},7${behind}`;
          const skip = (plain: boolean) =>
            outcome(async () => {
              const json = reader(whole, piece, plain);
              await json.take(() => json.enterArray());
              const offsets: number[] = [];
              while (await json.take(() => json.nextElement())) {
                await json.skip();
                offsets.push(json.offset);
              }
              return offsets;
            });
          expect(await skip(false)).toEqual(await skip(true));
        },
      ),
      { seed: 9, numRuns: 800 },
    );
  });
});

async function listsOf(json: JsonReader, missing: number | undefined): Promise<unknown> {
  const found: unknown[] = [];
  await json.lists(
    missing,
    (values, ends, offset) => {
      let first = 0;
      ends.forEach((end, i) => {
        found.push([offset(i), ...values.subarray(first, end)]);
        first = end;
      });
    },
    () => {
      json.peek();
      const one: number[] = [json.offset];
      json.enterArray();
      while (json.nextElement()) one.push(missing === undefined ? json.number() : json.numberOr(missing));
      found.push(one);
    },
  );
  return found;
}
