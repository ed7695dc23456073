import { expect, test } from "vitest";
import { percent, percentOf, relativeChange, signed, timeRange, weight } from "./format.ts";
import { splitPlace } from "./frame-actions.ts";
import { stepTitle, threadTitle } from "./names.ts";
import { sourceLink } from "./settings.ts";
import { SourceTexts } from "./source-texts.ts";

test("shares and weights as people read them", () => {
  expect([0, 0.00001, 0.0123, 0.5, 0.9999, 1, Number.NaN].map(percent)).toEqual([
    "0%",
    "0.001%",
    "1.23%",
    "50.0%",
    "100%",
    "100%",
    "–",
  ]);
  expect([percentOf(1, 4), percentOf(1, 0)]).toEqual(["25.0%", "–"]);
  expect([
    weight(1500, "samples"),
    weight(1.5e6, "nanoseconds"),
    weight(2048, "bytes"),
    weight(3, "faults"),
  ]).toEqual(["1,500", "1.5 ms", "2 KiB", "3 faults"]);
  expect([signed("3", 3), signed("-3", -3), signed("0", 0)]).toEqual(["+3", "-3", "0"]);
  expect([relativeChange(0, 0), relativeChange(0, 1), relativeChange(1, 0)]).toEqual(["–", "new", "gone"]);
  expect([relativeChange(10, 15), relativeChange(10, 5), relativeChange(1, 100)]).toEqual([
    "+50.0%",
    "-50.0%",
    "+9900%",
  ]);
  expect(timeRange(2e9, 3.5e9, 1e9)).toBe("1 s – 2.5 s");
});

test("links to source lines: any template, nothing that runs", () => {
  expect(sourceLink("vscode://file/{path}:{line}", "/a b/c#1.ts", 7)).toBe("vscode://file//a%20b/c%231.ts:7");
  expect(sourceLink("vscode://file/{path}:{line}", "file:///gen/w.js", 0)).toBe("vscode://file//gen/w.js:1");
  for (const template of [
    "",
    "javascript:alert(1)//{path}",
    " JavaScript:x{path}",
    "data:text/html,{path}",
    "/relative/{path}",
  ]) {
    expect([template, sourceLink(template, "/a", 1)]).toEqual([template, undefined]);
  }
  expect(sourceLink("{path}", "javascript:alert(1)", 1)).toBeUndefined();
});

test("a place is a file and perhaps a line", () => {
  expect([splitPlace("/a/b.c:12"), splitPlace("C:\\x.c"), splitPlace("")]).toEqual([
    { file: "/a/b.c", line: 12 },
    { file: "C:\\x.c", line: 0 },
    { file: "", line: 0 },
  ]);
});

test("filter steps and threads in a few words", () => {
  const match = { pattern: "^a" };
  expect(
    [
      { kind: "focus", match: { name: "f" } },
      { kind: "ignore", match },
      { kind: "hide", match: { module: "libc" } },
      { kind: "prune", match: { file: "a.c" } },
      { kind: "root", match },
      { kind: "recursion", mode: "direct" },
      { kind: "recursion", mode: "cycles" },
      { kind: "library", library: undefined },
      { kind: "library", library: "x" },
      { kind: "own-code", rules: [] },
      { kind: "inlined" },
    ].map((step) => stepTitle(step as never)),
  ).toEqual([
    "Focus f",
    "Ignore /^a/",
    "Hide libc",
    "Prune a.c",
    "From /^a/",
    "Collapse recursion",
    "Collapse cycles",
    "Collapse libraries",
    "Collapse x",
    "Only my code",
    "Without inlined",
  ]);
  expect(threadTitle({ name: "w", process: "p", pid: 1, tid: 2 })).toBe("w of p 1/2");
  expect([threadTitle({ name: "" }), threadTitle({ name: "", process: "p" })]).toEqual(["thread", "p"]);
});

test("source files are found by the ends of their paths", () => {
  const sources = new SourceTexts();
  const file = (name: string): File => new File([name], name);
  const [one, two, three] = [file("one"), file("two"), file("three")];
  sources.add([
    { path: "app/src/main.c", file: one },
    { path: "lib/src/main.c", file: two },
    { path: "main.c", file: three },
  ]);
  expect(sources.find("/home/me/lib/src/main.c")).toBe(two);
  expect(sources.find("C:\\work\\app\\src\\main.c")).toBe(one);
  expect(sources.find("/elsewhere/main.c")).toBe(one);
  expect(sources.find("other.c")).toBeUndefined();
  expect(sources.version.value).toBe(1);
});
