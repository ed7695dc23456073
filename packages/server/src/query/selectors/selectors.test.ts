import { describe, expect, it } from "vitest";
import { parseSelector } from "./parse.ts";
import { isGauge, parseProfileType } from "./profile-type.ts";

describe("a selector", () => {
  it.each([
    ["{}", undefined, []],
    ["", undefined, []],
    [' { a = "b" , } ', undefined, [["a", "=", "b"]]],
    [
      '{a!="b",c=~"d.*",e!~`f\\d`}',
      undefined,
      [
        ["a", "!=", "b"],
        ["c", "=~", "d.*"],
        ["e", "!~", "f\\d"],
      ],
    ],
    [
      'process_cpu:cpu:nanoseconds:cpu:nanoseconds{service_name="x"}',
      "process_cpu:cpu:nanoseconds:cpu:nanoseconds",
      [["service_name", "=", "x"]],
    ],
    ['{"quoted name"="\\"\\\\\\n\\u00e9\\x41"}', undefined, [["quoted_name", "=", '"\\\né' + "A"]]],
    ["{a='it''", undefined, 'expected "}"'],
  ])("%s", (text, name, matchers) => {
    if (typeof matchers === "string") {
      expect(() => parseSelector(text)).toThrow(/expected "," or "}"/);
      return;
    }
    expect(parseSelector(text)).toEqual({
      name,
      matchers: matchers.map(([label, operator, value]) => ({ name: label, operator, value })),
    });
  });

  it.each([
    ['{a="b"', /expected "," or "}" at character 7/],
    ['{a="b', /expected the closing " at character 6/],
    ['{a>"b"}', /expected one of = != =~ !~ at character 3/],
    ['{="b"}', /expected a label name at character 2/],
    ["{a=b}", /expected a value in quotes at character 4/],
    ['{a="\\q"}', /expected an escape/],
    ['{a=~"("}', /a=~: Invalid regular expression/],
    ['{a="b"} x', /expected the end at character 9/],
    ["x y", /expected "\{" at character 3/],
  ])("%s is refused with its place", (text, message) => {
    expect(() => parseSelector(text)).toThrow(message);
  });

  it("takes RE2's own syntax", () => {
    expect(parseSelector('{a=~"(?i)x\\\\z"}').matchers[0]!.value).toBe("(?i)x\\z");
  });
});

describe("a profile type", () => {
  it("has five parts, and perhaps delta", () => {
    expect(parseProfileType("memory:inuse_space:bytes:space:bytes")).toEqual({
      id: "memory:inuse_space:bytes:space:bytes",
      name: "memory",
      sampleType: "inuse_space",
      sampleUnit: "bytes",
      periodType: "space",
      periodUnit: "bytes",
    });
    expect(parseProfileType("a:b:c:d:e:delta").id).toBe("a:b:c:d:e");
    expect(() => parseProfileType("cpu")).toThrow(/not a profile type/);
  });

  it.each([
    ["memory:inuse_space:bytes:space:bytes", true],
    ["goroutines:goroutine:count:goroutine:count", true],
    ["memory:alloc_space:bytes:space:bytes", false],
    ["process_cpu:cpu:nanoseconds:cpu:nanoseconds", false],
  ])("%s is a gauge: %s", (id, expected) => {
    expect(isGauge(parseProfileType(id))).toBe(expected);
  });
});
