import { describe, expect, it } from "vitest";
import { LinearRegex } from "./re2.ts";
import { RegexError } from "./re2-parse.ts";

/** Answers of Go's regexp.MatchString for the same pattern and text. */
const CASES: [pattern: string, yes: string[], no: string[]][] = [
  ["^(abc|de+)$", ["abc", "de", "deee"], ["ab", "abcd", "d", ""]],
  ["^a.c$", ["abc", "a\rc", "a\u2028c"], ["a\nc", "ac"]],
  ["^(?s)a.c$", ["a\nc"], ["ac"]],
  ["^(?i:Abc)d$", ["aBCd"], ["aBCD"]],
  ["^(?i)straße$", ["STRAßE"], ["STRASSE"]],
  ["^[[:alpha:]_]\\w*$", ["_a1", "Z"], ["1a", "é"]],
  ["^[^[:^digit:]x]+$", ["123"], ["12x", "a"]],
  ["^\\QA+B\\E*$", ["A+", "A+BBB"], ["AAB"]],
  ["^\\\\Q.$", ["\\Qx"], ["Q."]],
  ["^x{2,3}$", ["xx", "xxx"], ["x", "xxxx"]],
  ["^x{2,}y{0,1}?$", ["xxxxy", "xx"], ["xy"]],
  ["^x{,2}$", ["x{,2}"], ["xx"]],
  ["^\\pL+\\P{Greek}$", ["αβa"], ["aα", "1a"]],
  ["^\\x41\\x{1F600}\\101\\t$", ["A😀A\t"], ["AA"]],
  ["\\Afoo|bar\\z", ["foobaz", "a bar"], ["a foo", "bar "]],
  ["\\bfoo\\b", ["a foo b", "foo"], ["afoo", "foo_"]],
  ["\\Boo", ["foo"], ["oo"]],
  ["(?m)^b$", ["a\nb\nc"], ["ab"]],
  ["^[]a-]+$", ["]a-"], ["b"]],
  ["^(?P<name>a)(?<other>b)$", ["ab"], ["a"]],
  ["^(a|b*)*$", ["abba", ""], ["abc"]],
  ["^operator\\(\\)$", ["operator()"], ["operator"]],
];

describe("LinearRegex", () => {
  it.each(CASES)("%s", (pattern, yes, no) => {
    const regex = new LinearRegex(pattern);
    expect(yes.filter((text) => !regex.test(text))).toEqual([]);
    expect(no.filter((text) => regex.test(text))).toEqual([]);
  });

  it.each([
    "a(",
    "a)",
    "[a",
    "*a",
    "a**",
    "(?=a)",
    "\\1",
    "\\y",
    "[[:nope:]]",
    "\\p{Nope}",
    "[z-a]",
    "a{2,1}",
    "a{2000}",
    "\\",
    "((((a{100}){100}){100}){100})",
  ])("refuses %s", (pattern) => {
    expect(() => new LinearRegex(pattern)).toThrow(RegexError);
  });

  it("refuses groups nested without end", () => {
    expect(() => new LinearRegex("(".repeat(50_000))).toThrow("nested too deep");
  });

  it("takes linear time where backtracking would take for ever", () => {
    expect(new LinearRegex("^(a|a)*(a*)*b$").test("a".repeat(5000))).toBe(false);
  });

  it("refuses a pattern longer than any real one", () => {
    expect(() => new LinearRegex("a".repeat(100_000))).toThrow("too long");
  });

  it("gives up once its budget is spent", () => {
    const regex = new LinearRegex("^(a|a)*$", 100);
    expect(() => regex.test("a".repeat(5000))).toThrow("takes too long");
  });
});
