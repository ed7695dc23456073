import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromBase64, toBase64 } from "./base64.ts";
import { PART_TYPE, type PackedProfile, packPage } from "./pack.ts";
import { pageHtml } from "./page-html.ts";

const TEMPLATE = pageHtml({ policy: "default-src 'none'", style: "a{}", script: "'<\\/script>'" });

function profile(name: string, ...chunks: Uint8Array[]): PackedProfile {
  return {
    name,
    chunks: (async function* () {
      yield* chunks;
    })(),
  };
}

async function page(...profiles: PackedProfile[]): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of packPage(TEMPLATE, profiles)) pieces.push(piece.slice());
  return Buffer.concat(pieces).toString("latin1");
}

/** Names and bytes of the profiles in a page, as its elements hold them. */
function contents(html: string): { name: string; bytes: Buffer; parts: number }[] {
  const found: { name: string; bytes: Buffer; parts: number }[] = [];
  for (const [, name, text] of html.matchAll(
    new RegExp(`<script type="${PART_TYPE}"(?: data-name="([^"]*)")?>([^<]*)</script>`, "g"),
  )) {
    if (name !== undefined) found.push({ name, bytes: Buffer.alloc(0), parts: 0 });
    const last = found.at(-1)!;
    last.bytes = Buffer.concat([last.bytes, Buffer.from(text!, "base64")]);
    last.parts++;
  }
  return found;
}

describe("base64", () => {
  it("is the usual one, both ways", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
        const text = Buffer.from(toBase64(bytes)).toString("latin1");
        expect(text).toBe(Buffer.from(bytes).toString("base64"));
        expect([...fromBase64(text)]).toEqual([...bytes]);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it("uses the browser's own decoder where there is one", () => {
    const own = Uint8Array as unknown as { fromBase64?: (text: string) => Uint8Array };
    const before = Object.getOwnPropertyDescriptor(Uint8Array, "fromBase64");
    own.fromBase64 = (text) => Uint8Array.from([text.length]);
    try {
      expect([...fromBase64("abcd")]).toEqual([4]);
    } finally {
      if (before === undefined) delete own.fromBase64;
      else Object.defineProperty(Uint8Array, "fromBase64", before);
    }
  });

  it("refuses what is none", () => {
    expect(() => fromBase64("=a=")).toThrow();
  });
});

describe("a page with profiles", () => {
  it("holds each profile's bytes, in parts that no text is too short for", async () => {
    const large = Uint8Array.from({ length: 2_000_001 }, (_, i) => i % 251);
    const html = await page(
      profile("a", large.subarray(0, 7), large.subarray(7)),
      profile("b", Uint8Array.of(9)),
    );
    const [a, b] = contents(html);
    expect(a).toMatchObject({ name: "a", parts: 3 });
    expect(a!.bytes.equals(large)).toBe(true);
    expect(b).toMatchObject({ name: "b", parts: 1, bytes: Buffer.of(9) });
    expect(html.startsWith(TEMPLATE.slice(0, 500))).toBe(true);
    expect(html.endsWith("</body>\n</html>\n")).toBe(true);
  });

  it("holds an empty profile, and none", async () => {
    expect(contents(await page(profile("empty")))).toEqual([
      { name: "empty", bytes: Buffer.alloc(0), parts: 1 },
    ]);
    expect(contents(await page())).toEqual([]);
  });

  it("names cannot leave their attribute", async () => {
    const html = await page(profile('"><script>alert(1)</script>&amp;', Uint8Array.of(1)));
    expect(html).toContain('data-name="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;"');
    expect(html).not.toContain("<script>alert");
  });

  it("a template without a place for profiles is an error", async () => {
    await expect(packPage("<html></html>", []).next()).rejects.toThrow("no place");
  });
});
