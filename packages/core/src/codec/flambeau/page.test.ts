import { describe, expect, it } from "vitest";
import { Notes } from "../../model/notes.ts";
import { readProfile } from "../../readers/open.ts";
import { readAll, sourceOfBytes, sourceOfChunks } from "../../util/source.ts";
import { isPage, profileOfPage } from "./page.ts";

/** A page as `packPage` of the viewer writes it: a script, then each profile in parts. */
function page(...profiles: (readonly [name: string, ...parts: Uint8Array[]])[]): Uint8Array {
  const elements = profiles.flatMap(([name, ...parts]) =>
    parts.map((part, i) => {
      const attribute = i === 0 ? ` data-name="${name}"` : "";
      const text = Buffer.from(part).toString("base64");
      return `<script type="text/x-flambeau-profile"${attribute}>${text}</script>\n`;
    }),
  );
  return Buffer.from(
    `<!doctype html>\n<meta name="generator" content="Flambeau">\n` +
      `<script>const part='<script type="text/x-flambeau-profile"'</script>\n${elements.join("")}</body>\n`,
  );
}

const bytes = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * seed) >> 3);

async function profileIn(html: Uint8Array, pieces: number, notes: Notes = new Notes()): Promise<Uint8Array> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < html.length; at += pieces) yield html.subarray(at, at + pieces);
  }
  return readAll(profileOfPage(sourceOfChunks(chunks()), notes));
}

describe("a page of the viewer as an input", () => {
  it("is told by its generator", () => {
    expect(isPage(page())).toBe(true);
    expect(isPage(Buffer.from("<!doctype html><title>x</title>"))).toBe(false);
  });

  it.each([7, 61, 1000, 70_001, 1 << 20])(
    "gives the first profile's bytes, in pieces of %i",
    async (pieces) => {
      const parts = [bytes(3000, 7), bytes(200_001, 11), bytes(1, 255), bytes(2, 99)];
      const notes = new Notes();
      const read = await profileIn(page(["a", ...parts], ["b", bytes(9, 3), bytes(9, 5)]), pieces, notes);
      expect(Buffer.from(read).equals(Buffer.concat(parts))).toBe(true);
      expect(notes.list().map(({ code, count }) => [code, count])).toEqual([["page-profiles", 1]]);
    },
  );

  it("is read whatever the format of the profile", async () => {
    const html = page(["x.folded", Buffer.from("a;b 3\n"), Buffer.from("c 4\n")]);
    const profile = await readProfile(sourceOfBytes(html));
    expect([...profile.samples.weights[0]!]).toEqual([3, 4]);
  });

  it("without a profile it is empty; cut off, it keeps what came", async () => {
    await expect(readProfile(sourceOfBytes(page()))).rejects.toMatchObject({ code: "empty-input" });
    const whole = page(["x.folded", Buffer.from("a;b 3\nc 4\n".repeat(50))]);
    const cut = await profileIn(whole.subarray(0, whole.length - 200), 100);
    expect(Buffer.from(cut).toString()).toMatch(/^a;b 3\nc 4\n/);
    expect(cut.length).toBeLessThan(500);
  });
});
