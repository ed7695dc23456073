import { describe, expect, it } from "vitest";
import { NOW } from "../../../../test/support/push.ts";
import { parseAppName } from "./app-name.ts";
import { LabelSet, labelsKey } from "./labels.ts";
import { typeId, typeOfName } from "./profile-types.ts";
import { parseTime } from "./times.ts";

const entries = (name: string): [string, Record<string, string>] => {
  const { app, labels } = parseAppName(name);
  return [app, Object.fromEntries(labels)];
};

describe("the name of an application", () => {
  it("holds labels, unquoted", () => {
    expect(entries("shop")).toEqual(["shop", {}]);
    expect(entries("team/shop-1.cpu{}")).toEqual(["team/shop-1.cpu", {}]);
    expect(entries("shop{region=eu-1, version=1.4+b=2,}")).toEqual([
      "shop",
      { region: "eu-1", version: "1.4+b=2" },
    ]);
    expect(entries("shop{otel.scope.name=com.x/y}")).toEqual(["shop", { "otel.scope.name": "com.x/y" }]);
  });

  it.each([
    ["", "empty"],
    ["{a=b}", "empty"],
    ["sh op", "letters"],
    ["shop{a=b", "} after the labels"],
    ["shop{a}", "has no ="],
    ["shop{a'b=c}", "no label name"],
    ["shop{a b=c}", "no label name"],
  ])("says what is wrong with %j", (name, why) => {
    expect(() => parseAppName(name)).toThrow(why);
  });
});

describe("times", () => {
  it.each([
    ["1767225600", NOW],
    ["1767225600.5", NOW + 500_000_000n],
    ["1767225600123", NOW + 123_000_000n],
    ["1767225600123456", NOW + 123_456_000n],
    ["1767225600123456789", NOW + 123_456_789n],
    ["20260101", NOW],
    ["now", NOW],
    ["now-1h", NOW - 3_600_000_000_000n],
    ["now-2d", NOW - 172_800_000_000_000n],
  ])("%s", (text, expected) => {
    expect(parseTime(text, NOW)).toBe(expected);
  });

  it.each(["", "yesterday", "now-", "-5", "20261301", "1e9", "99999999999999999999"])(
    "refuses %j",
    (text) => {
      expect(() => parseTime(text, NOW)).toThrow("is no time");
    },
  );
});

describe("labels", () => {
  const limits = { labelsPerSeries: 2, labelName: 5, labelValue: 5 };

  it("are sorted, cleaned, and the first of a name wins", () => {
    const set = new LabelSet();
    set.add("k8s.pod", "a");
    set.add("k8s_pod", "b");
    set.add("__session_id__", "x");
    set.add("__proto__", "x");
    set.add("empty", "");
    set.add("1st", "c");
    expect(set.finish({ ...limits, labelName: 10 })).toEqual([
      { name: "_1st", value: "c" },
      { name: "k8s_pod", value: "a" },
    ]);
  });

  it("are bounded in number and length", () => {
    const of = (...names: string[]): LabelSet => {
      const set = new LabelSet();
      for (const name of names) set.add(name, name);
      return set;
    };
    expect(() => of("a", "b", "c").finish(limits)).toThrow("a series has 3 labels; at most 2");
    expect(() => of("abcdef").finish(limits)).toThrow("has 6 characters; at most 5");
    const long = new LabelSet();
    long.add("a", "123456");
    expect(() => long.finish(limits)).toThrow('the value of label "a" has 6 characters');
  });

  it("have a key that no quoting can forge", () => {
    const one = [{ name: "a", value: 'x","b' }];
    const other = [
      { name: "a", value: "x" },
      { name: "b", value: "" },
    ];
    expect(labelsKey(one)).not.toBe(labelsKey(other));
  });
});

describe("profile types", () => {
  it("are told by the last part of a name, where it is one", () => {
    const of = (name: string): string => `${typeOfName(name).app} ${typeId(typeOfName(name).parts)}`;
    expect(of("shop")).toBe("shop process_cpu:cpu:nanoseconds:cpu:nanoseconds");
    expect(of("shop.cpu")).toBe("shop process_cpu:cpu:nanoseconds:cpu:nanoseconds");
    expect(of("shop.wall")).toBe("shop wall:wall:nanoseconds:cpu:nanoseconds");
    expect(of("shop.eu.alloc_space")).toBe("shop.eu memory:alloc_space:bytes:cpu:nanoseconds");
    // Pyroscope's own documentation pushes this name.
    expect(of("python.example")).toBe("python.example process_cpu:cpu:nanoseconds:cpu:nanoseconds");
  });

  it("keep their five parts whatever clients call them", () => {
    const parts = {
      name: "a:b",
      type: "c'); DROP",
      unit: "\u0000",
      periodType: "",
      periodUnit: "x".repeat(999),
    };
    const id = typeId(parts);
    expect(id.split(":")).toHaveLength(5);
    expect(id).toMatch(/^a_b:c____DROP:_::x{100}$/);
  });
});
