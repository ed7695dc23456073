import { describe, expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { ghcProfJsonReader } from "./index.ts";

const node = (id: number, ticks: number, alloc: number, children: object[] = []): object => ({
  id,
  entries: 1,
  alloc,
  ticks,
  children,
});

const file = {
  program: "W",
  arguments: ["./W"],
  rts_arguments: ["-pj"],
  total_time: 0.25,
  total_ticks: 250,
  tick_interval: 1000,
  cost_centres: [
    { id: 126, label: "MAIN", module: "MAIN", src_loc: "<built-in>", is_caf: false },
    { id: 4, label: "heavy", module: "Main", src_loc: "W.hs:4:1-59", is_caf: false },
    { id: 5, label: "main", module: "Main", src_loc: "app/W.hs:(9,1)-(10,3)", is_caf: false },
  ],
  profile: node(126, 0, 100, [node(5, 3, 50, [node(4, 240, 7)])]),
};

describe("GHC profile as JSON", () => {
  it("reads the tree with times, bytes and entries, and where the cost centres are", async () => {
    expect(ghcProfJsonReader.sniff(headOf(file))).toBe("yes");
    const profile = await readWith(ghcProfJsonReader, file);
    expect(foldedOf(profile, 0)).toEqual([
      "MAIN.MAIN 0",
      "MAIN.MAIN;Main.main 3000000",
      "MAIN.MAIN;Main.main;Main.heavy 240000000",
    ]);
    expect(foldedOf(profile, 1)).toEqual([
      "MAIN.MAIN 100",
      "MAIN.MAIN;Main.main 50",
      "MAIN.MAIN;Main.main;Main.heavy 7",
    ]);
    const places = Array.from(profile.frames.line, (line, row) => [
      profile.strings.get(profile.frames.file[row]!),
      line,
    ]);
    expect(places).toEqual([
      ["", 0],
      ["W.hs", 4],
      ["app/W.hs", 9],
    ]);
    expect(profile.meta).toMatchObject({ title: "W", duration: 250_000_000 });
  });

  it("takes the tree before the cost centres, and notes one that is missing", async () => {
    const { profile: tree, cost_centres, ...rest } = file;
    const turned = { ...rest, profile: tree, cost_centres: cost_centres.slice(0, 2) };
    const profile = await readWith(ghcProfJsonReader, turned);
    expect(foldedOf(profile, 0)).toEqual([
      "MAIN.MAIN 0",
      "MAIN.MAIN;[unknown] 3000000",
      "MAIN.MAIN;[unknown];Main.heavy 240000000",
    ]);
    expect(noteCodes(profile)).toEqual(["missing-cost-centre×1"]);
  });

  it("survives 100,000 levels, a file that ends in the middle, and one without a tree", async () => {
    const deep = `{"tick_interval":1,"cost_centres":[],"profile":${'{"id":1,"ticks":1,"children":['.repeat(100_000)}${"]}".repeat(100_000)}}`;
    expect((await readWith(ghcProfJsonReader, deep)).stacks.length).toBe(100_000);
    const text = JSON.stringify(file);
    const cut = await readWith(ghcProfJsonReader, text.slice(0, -8));
    expect(noteCodes(cut)).toEqual(["truncated×1"]);
    expect(foldedOf(cut, 0).length).toBe(3);
    expect((await readingError(ghcProfJsonReader, { cost_centres: [] })).code).toBe("malformed");
  });

  it("reads or refuses mutations", async () => {
    expect(await readMutations(ghcProfJsonReader, bytesOf(file), 3000)).toBeGreaterThan(100);
  });
});
