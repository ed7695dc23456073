import { expect, it } from "vitest";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { bytesOf, headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { xdebugTraceReader } from "./index.ts";

const row = (...fields: (string | number)[]): string => fields.join("\t");
const TRACE = [
  "Version: 3.2.0",
  "File format: 4",
  "TRACE START [2026-11-22 13:34:35.745977]",
  row(1, 0, 0, 0.001, 397336, "{main}", 1, "", "/w.php", 0, 0),
  row(2, 1, 0, 0.002, 397336, "f", 1, "", "/w.php", 6, 0),
  row(3, 2, 0, 0.003, 397336, "g", 1, "", "/f.php", 9, 0),
  row(3, 2, 1, 0.005, 397336),
  row(3, 2, "R", "", "", 1),
  row(2, 1, 1, 0.006, 397336),
  row(1, 0, 1, 0.01, 397336),
  row("", "", "", 0.011, 1),
  "TRACE END   [2026-11-22 13:34:35.762824]",
  "",
].join("\n");

it("gives time to the innermost call, in order", async () => {
  const profile = await readWith(xdebugTraceReader, TRACE);
  expect(foldedOf(profile).filter((line) => !line.endsWith(" 0"))).toEqual([
    "{main} 5000000",
    "{main};f 2000000",
    "{main};f;g 2000000",
  ]);
  expect(foldedOf(profile, 1).filter((line) => !line.endsWith(" 0"))).toEqual([
    "{main} 1",
    "{main};f 1",
    "{main};f;g 1",
  ]);
  const lines = [...profile.frames.line].map(
    (line, i) => `${profile.strings.get(profile.frames.name[i]!)}:${line}`,
  );
  expect(lines).toEqual(["{main}:0", "{main}:6", "f:0", "f:9", "g:0"]);
  expect(profile.meta.duration).toBe(10e6);
  expect(noteCodes(profile)).toEqual(["memory×1"]);
});

it("reads the form for people by indentation", async () => {
  const profile = await readWith(
    xdebugTraceReader,
    "TRACE START [x]\n    0.0010     397336   -> {main}() /w.php:0\n    0.0020     397336     -> f($n = 12) /w.php:6\n                             >=> 1\n    0.0030     397336     -> g() /w.php:7\n    0.0040     3973\nTRACE END [x]\n",
  );
  expect(foldedOf(profile).filter((line) => !line.endsWith(" 0"))).toEqual([
    "{main} 1000000",
    "{main};f 1000000",
    "{main};g 1000000",
  ]);
  expect(noteCodes(profile)).toEqual(["no-returns×3", "memory×1"]);
});

it("reads when functions return where the form for people has their values", async () => {
  const profile = await readWith(
    xdebugTraceReader,
    `TRACE START [2026-11-23 02:05:38.609046]
    0.0100     408632   -> {main}() /a.php:0
    0.0110     408952     -> work($n = 1) /a.php:7
    0.0120     408952       -> leaf() /a.php:3
    0.0150     408992        >=> TRUE
    0.0170     408992      >=> 57
                           => $end = 57 /a.php:7
    0.0200     408000
TRACE END   [2026-11-23 02:05:38.7]
`,
  );
  expect(foldedOf(profile, 0)).toEqual(["{main} 4000000", "{main};work 3000000", "{main};work;leaf 3000000"]);
  expect(noteCodes(profile)).toEqual(["no-returns×1", "memory×1"]);
});

it("says what does not fit", async () => {
  const odd = TRACE.replace(row(3, 2, 1, 0.005, 397336), row(9, 9, 1, "x", 1)).replace(
    "TRACE END",
    "what\nTRACE END",
  );
  expect(noteCodes(await readWith(xdebugTraceReader, odd))).toEqual([
    "bad-line×2",
    "unmatched-return×1",
    "memory×1",
  ]);
  const cut = TRACE.split("\n").slice(0, 6).join("\n");
  expect(noteCodes(await readWith(xdebugTraceReader, cut))).toEqual(["truncated×1", "memory×1"]);
  const backwards = TRACE.replace("0.003", "0.0001");
  expect(noteCodes(await readWith(xdebugTraceReader, backwards))).toContain("time-backwards×1");
  expect((await readingError(xdebugTraceReader, "TRACE START [x]\n")).code).toBe("malformed");
  expect(xdebugTraceReader.sniff(headOf(TRACE))).toBe("yes");
  expect(xdebugTraceReader.sniff(headOf("a;b 1\n"))).toBe("no");
});

const html = (time: string, level: number, call: string, place: string): string =>
  `\t<tr><td>1</td><td>${time}</td><td align='right'>397336</td><td align='left'>${"&nbsp; &nbsp;".repeat(level)}-&gt;</td><td>${call}</td><td>${place}</td></tr>`;
const HTML = [
  "<table class='xdebug-trace' dir='ltr' border='1' cellspacing='0'>",
  "\t<tr><th>#</th><th>Time</th><th>Mem</th><th colspan='2'>Function</th><th>Location</th></tr>",
  html("0.001000", 0, "{main}()", "/w.php:0"),
  html("0.002000", 1, "A-&gt;f(&quot;x&quot;)", "/w.php:6"),
  html("0.004000", 2, "g()", "/f.php:9"),
  html("0.007000", 1, "h()", "/w.php:7"),
  "</table>",
  "",
].join("\n");

it("reads the table in HTML by indentation", async () => {
  const profile = await readWith(xdebugTraceReader, HTML);
  expect(foldedOf(profile).filter((line) => !line.endsWith(" 0"))).toEqual([
    "{main} 1000000",
    "{main};A->f 2000000",
    "{main};A->f;g 3000000",
  ]);
  expect([...profile.frames.line]).toContain(9);
  expect(noteCodes(profile)).toEqual(["no-returns×4", "memory×1"]);
  const odd = HTML.replace("0.004000", "x").replace("</table>\n", "");
  expect(noteCodes(await readWith(xdebugTraceReader, odd))).toContain("bad-line×1");
  expect(noteCodes(await readWith(xdebugTraceReader, odd))).toContain("truncated×1");
  expect(xdebugTraceReader.sniff(headOf(HTML))).toBe("yes");
});

it("reads or refuses mutations", async () => {
  for (const text of [TRACE, HTML]) {
    expect(await readMutations(xdebugTraceReader, bytesOf(text), 3000)).toBeGreaterThan(0);
  }
});
