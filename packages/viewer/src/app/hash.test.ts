import { OWN_CODE_RULES } from "@flambeau/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { hashOf, stateOfHash } from "./hash.ts";
import { INITIAL_VIEW, VIEWS, type ViewState } from "./view-state.ts";

const text = fc.string({ unit: "grapheme", maxLength: 12 });
const match = fc.oneof(
  fc.record({ name: text }),
  fc.record({ pattern: text }),
  fc.record({ module: text, file: text }),
);

const step = fc.oneof(
  fc.record({ kind: fc.constantFrom("focus", "ignore", "hide", "prune", "root"), match }),
  fc.record({ kind: fc.constant("recursion"), mode: fc.constantFrom("direct", "cycles") }),
  fc.record({ kind: fc.constant("library"), library: text }),
  fc.record({ kind: fc.constant("own-code"), rules: fc.array(text) }),
  fc.record({ kind: fc.constant("inlined") }),
);

const state = fc.record({
  profile: fc.nat(9),
  base: fc.option(fc.nat(9), { nil: undefined }),
  normalize: fc.boolean(),
  diff: fc.record({ scale: fc.constantFrom("absolute", "relative"), by: fc.constantFrom("self", "total") }),
  valueType: fc.option(text, { nil: undefined }),
  threads: fc.option(fc.constantFrom("merged", "names", "each"), { nil: undefined }),
  threadRows: fc.option(fc.array(fc.integer({ min: -1, max: 99 })), { nil: undefined }),
  labels: fc.array(fc.record({ key: text, value: text })),
  range: fc.option(fc.tuple(fc.nat(), fc.nat()), { nil: undefined }),
  filters: fc.array(fc.record({ step, enabled: fc.boolean() })),
  groupBy: fc.constantFrom("function", "file", "module"),
  view: fc.constantFrom(...VIEWS),
  direction: fc.constantFrom("flame", "icicle"),
  search: text,
  zoom: text,
  selected: fc.option(text, { nil: undefined }),
}) as fc.Arbitrary<Partial<ViewState>>;

test("what a link says is what was looked at", () => {
  fc.assert(
    fc.property(state, (parts) => {
      const whole: ViewState = { ...INITIAL_VIEW, ...parts };
      expect(JSON.stringify(stateOfHash(hashOf(whole)))).toBe(JSON.stringify(whole));
    }),
    { seed: 5, numRuns: 500 },
  );
});

test("the start has no hash", () => {
  expect(hashOf(INITIAL_VIEW)).toBe("");
  expect(stateOfHash("")).toEqual(INITIAL_VIEW);
});

test("a text that looks like JSON stays a text", () => {
  const link = hashOf({ ...INITIAL_VIEW, search: "[1]", selected: "true", zoom: "7" });
  expect(stateOfHash(link)).toMatchObject({ search: "[1]", selected: "true", zoom: "7" });
});

test.each([
  "#view=nothing",
  "#profile=-5",
  "#profile=1.5",
  "#range=[1]",
  '#range=["a","b"]',
  '#filters=[{"step":{"kind":"hide"},"enabled":true}]',
  '#filters=[{"step":{"kind":"hide","match":{"name":7}},"enabled":true}]',
  '#filters=[{"step":{"kind":"own-code","rules":"x"},"enabled":true}]',
  '#filters=[{"step":{"kind":"library","library":3},"enabled":true}]',
  '#filters=[{"step":{"kind":"recursion"},"enabled":true}]',
  '#filters=[{"step":{"kind":"evil"},"enabled":true}]',
  '#filters={"length":1}',
  "#threadRows=[null]",
  '#labels=[{"key":1,"value":"x"}]',
  "#groupBy=__proto__",
  "#__proto__=1&constructor=2",
  "#diff={}",
  "#inverted=maybe",
  "#%%%",
])("an address that makes no sense changes nothing: %s", (hash) => {
  expect(stateOfHash(hash)).toEqual(INITIAL_VIEW);
});

test("the usual rules of only my code make no long link", () => {
  const filters = [{ step: { kind: "own-code", rules: OWN_CODE_RULES }, enabled: true }] as const;
  const link = hashOf({ ...INITIAL_VIEW, filters });
  expect(link.length).toBeLessThan(100);
  expect(stateOfHash(link).filters).toEqual(filters);
});
