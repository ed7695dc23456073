import { describe, expect, it } from "vitest";
import { encodeUtf8 } from "../util/platform.ts";
import { type ByteSource, sourceOfBytes } from "../util/source.ts";
import { readXml, unescapeXml, xmlAttribute } from "./xml.ts";

async function events(text: string, piece = 1 << 16): Promise<{ events: string[]; whole: boolean }> {
  const seen: string[] = [];
  const inner = sourceOfBytes(encodeUtf8(text));
  const source: ByteSource = {
    name: undefined,
    size: undefined,
    read: (target) => inner.read(target.subarray(0, piece)),
  };
  const whole = await readXml(
    source,
    {
      open: (name, attributes) => seen.push(`<${name}|${attributes.trim()}`),
      close: (name) => seen.push(`>${name}`),
      text: (text) => seen.push(`"${text}"`),
    },
    "test",
  );
  return { events: seen, whole };
}

describe("XML", () => {
  const document = `\ufeff<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y>">]><!-- <b> -->
<a x="1>2" y='"'><b/>one &amp; <![CDATA[<two>]]></a >`;
  const expected = [`<a|x="1>2" y='"'`, "<b|", ">b", '"one & "', '"<two>"', ">a"];

  it.each([1, 2, 7, 1000])("is read in pieces of %i bytes", async (piece) => {
    expect(await events(document, piece)).toEqual({ events: expected, whole: true });
  });

  it("says when it ends in the middle", async () => {
    expect(await events('<a><b x="')).toEqual({ events: ["<a|"], whole: false });
    expect(await events("<a>text")).toEqual({ events: ["<a|"], whole: false });
    expect(await events("<a></a>\n")).toEqual({ events: ["<a|", ">a"], whole: true });
    expect(await events("<!-- never ends")).toEqual({ events: [], whole: false });
  });

  it("refuses a tag without end", async () => {
    await expect(events(`<a x="${"y".repeat(5_000_000)}`)).rejects.toMatchObject({ code: "too-large" });
  });

  it("finds attributes, whatever stands in others", () => {
    const tag = ` a = "x='1' b=2" b='say "hi"' c="&lt;&#65;&#x42;&nope;" d=7`;
    expect(["a", "b", "c", "d", "e"].map((name) => xmlAttribute(tag, name))).toEqual([
      "x='1' b=2",
      'say "hi"',
      "<AB&nope;",
      undefined,
      undefined,
    ]);
    expect(xmlAttribute(' a="never ends', "a")).toBeUndefined();
  });

  it("keeps entities that stand for nothing", () => {
    expect(unescapeXml("&quot;&apos;&gt; &#0; &#1114112; &unknown; &")).toBe(
      "\"'> &#0; &#1114112; &unknown; &",
    );
  });
});
