import { describe, expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { pyinstrumentReader } from "./index.ts";

const facts = {
  start_time: 1727459141.4039412,
  duration: 0.5,
  min_interval: 0.001,
  sample_count: 2,
  start_call_stack: ["MainThread\0<thread>\x0017"],
  target_description: "Program: w.py",
};

const main = "<module>\0w.py\x001";

/** A saved session: two samples. */
const session = {
  ...facts,
  frame_records: [
    [["MainThread\0<thread>\x0017", `${main}\x01l9`, "hot\0w.py\x002\x01cApp\x01l4"], 0.25],
    [["MainThread\0<thread>\x0017", `${main}\x01l9`], 0.125],
  ],
};

/** The tree of the HTML output. */
const tree = {
  session: facts,
  frame_tree: {
    identifier: main,
    time: 0.375,
    attributes: { l9: 0.375 },
    children: [
      { identifier: "hot\0w.py\x002", time: 0.25, attributes: {}, children: [] },
      { identifier: "[self]\0\x000", time: 0.1, attributes: {}, children: [] },
    ],
  },
};

/** The JSON output. */
const output = {
  start_time: 1727459141.4,
  duration: 0.5,
  sample_count: 2,
  root_frame: {
    function: "<module>",
    file_path_short: "w.py",
    file_path: "/app/w.py",
    line_no: 1,
    time: 0.375001,
    children: [
      { function: "hot", class_name: "App", file_path: "/app/w.py", line_no: 2, time: 0.375, children: [] },
    ],
  },
};

describe("pyinstrument reader", () => {
  it("reads a session's records in the order of time, with threads and the lines that ran", async () => {
    expect(pyinstrumentReader.sniff(headOf(session))).toBe("yes");
    const profile = await readWith(pyinstrumentReader, session);
    expect(foldedOf(profile)).toEqual(["<module> 125000000", "<module>;App.hot 250000000"]);
    expect([...profile.samples.time!]).toEqual([0, 250_000_000]);
    expect(profile.threads).toEqual([{ name: "MainThread", tid: 17 }]);
    expect([...profile.frames.line]).toEqual([9, 4]);
    expect(profile.meta).toMatchObject({
      timeOrigin: 1_727_459_141_403_941_000n,
      duration: 500_000_000,
      observations: 2,
      title: "Program: w.py",
      samplesInOrder: true,
      period: { value: 1_000_000 },
    });
  });

  it("reads the trees of the HTML and the JSON output", async () => {
    expect(pyinstrumentReader.sniff(headOf(tree))).toBe("yes");
    const html = await readWith(pyinstrumentReader, tree);
    expect(foldedOf(html)).toEqual(["<module> 125000000", "<module>;hot 250000000"]);
    expect([...html.frames.line]).toEqual([1, 2]);
    expect(pyinstrumentReader.sniff(headOf(output))).toBe("yes");
    const json = await readWith(pyinstrumentReader, output);
    expect(foldedOf(json)).toEqual(["<module>;App.hot 375000000"]);
    expect(json.strings.get(json.frames.file[0]!)).toBe("/app/w.py");
  });

  it("notes times at odds, and reads a session that took no sample", async () => {
    const odd = { ...tree, frame_tree: { ...tree.frame_tree, time: 0.2 } };
    expect(noteCodes(await readWith(pyinstrumentReader, odd))).toEqual(["less-than-callees×1"]);
    const bad = { ...session, frame_records: [...session.frame_records, [[], -1]] };
    expect(noteCodes(await readWith(pyinstrumentReader, bad))).toEqual(["bad-record×1"]);
    expect((await readWith(pyinstrumentReader, { ...facts, root_frame: null })).samples.length).toBe(0);
    expect((await readingError(pyinstrumentReader, facts)).code).toBe("malformed");
    const text = JSON.stringify(session);
    const cut = await readWith(pyinstrumentReader, text.slice(0, -12));
    expect(noteCodes(cut)).toEqual(["truncated×1"]);
    expect(foldedOf(cut)).toEqual(["<module>;App.hot 250000000"]);
  });

  it.each([
    ["session", session],
    ["tree", tree],
    ["output", output],
  ])("reads or refuses mutations: %s", async (_, file) => {
    expect(await readMutations(pyinstrumentReader, bytesOf(file), 3000)).toBeGreaterThan(30);
  });
});
