import { describe, expect, it } from "vitest";
import { readAll, sourceOfBytes } from "./source.ts";
import { detectUtf16, type Utf16, utf8OfUtf16 } from "./utf16.ts";

function encoded(text: string, { littleEndian, mark }: Utf16): Uint8Array {
  const units = [...(mark ? "\ufeff" : ""), ...text].join("");
  const view = new DataView(new ArrayBuffer(units.length * 2));
  for (let i = 0; i < units.length; i++) view.setUint16(i * 2, units.charCodeAt(i), littleEndian);
  return new Uint8Array(view.buffer);
}

const FORMS: readonly Utf16[] = [true, false].flatMap((littleEndian) =>
  [true, false].map((mark) => ({ littleEndian, mark })),
);
const PLAIN = "plain text comes first\n".repeat(15);
const TEXT = "main;tëst;日本;𝕒 12\n".repeat(9000);

describe("UTF-16", () => {
  it.each(FORMS)("is recognised and transcoded: %o", async (form) => {
    const bytes = encoded(PLAIN + TEXT, form);
    expect(detectUtf16(bytes)).toEqual(form);
    const utf8 = await readAll(utf8OfUtf16(sourceOfBytes(bytes), form));
    expect(new TextDecoder().decode(utf8)).toBe(PLAIN + TEXT);
  });

  it("survives a source that gives single bytes", async () => {
    const form = { littleEndian: true, mark: true };
    const bytes = encoded("a𝕒b", form);
    const source = sourceOfBytes(bytes);
    const single = { ...source, read: (target: Uint8Array) => source.read(target.subarray(0, 1)) };
    expect(new TextDecoder().decode(await readAll(utf8OfUtf16(single, form)))).toBe("a𝕒b");
  });

  it("replaces what is no character", async () => {
    const form = { littleEndian: true, mark: false };
    const bytes = Uint8Array.of(0x61, 0, 0x00, 0xd8, 0x62, 0, 0x00, 0xdc, 0x63);
    expect(new TextDecoder().decode(await readAll(utf8OfUtf16(sourceOfBytes(bytes), form)))).toBe(
      "a\ufffdb\ufffd\ufffd",
    );
  });

  it("does not take other bytes for it", () => {
    expect(detectUtf16(new TextEncoder().encode("main;leaf 12"))).toBeUndefined();
    expect(detectUtf16(Uint8Array.of(0xff, 0xfe, 0, 0, 1, 0, 0, 0))).toBeUndefined();
    expect(detectUtf16(Uint8Array.of(10, 0, 0, 0, 20, 0, 0, 0, 1, 0))).toBeUndefined();
    expect(detectUtf16(Uint8Array.of(0x61))).toBeUndefined();
  });
});
