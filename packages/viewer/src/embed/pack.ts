import { toBase64 } from "./base64.ts";
import { splitTemplate } from "./page-html.ts";

/** A profile to put into a page. */
export interface PackedProfile {
  /** Shown to the user. */
  readonly name: string;
  /** The bytes of a profile in any format that core reads, as they come: best the `flambeau` format in gzip. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** The element type that holds a part of a profile: not a script for any browser. */
export const PART_TYPE = "text/x-flambeau-profile";

/**
 * Bytes of a profile in one element, a multiple of three. Small enough that the page decodes one in a few
 * milliseconds, and that no text comes near the limit of a JavaScript string, however large the profile.
 */
const PART_BYTES = 3 << 18;

const encoder = new TextEncoder();

/**
 * The page with the profiles in it, piece by piece: a page of gigabytes is never in memory as a whole. `view` is
 * what the page shows first, as in the part of its address behind `#`.
 */
export async function* packPage(
  template: string,
  profiles: readonly PackedProfile[],
  view = "",
): AsyncGenerator<Uint8Array> {
  const [before, after] = splitTemplate(template);
  yield encoder.encode(before + viewElement(view));
  for (const { name, chunks } of profiles) {
    let first = ` data-name="${escaped(name)}"`;
    for await (const part of inParts(chunks)) {
      yield encoder.encode(`<script type="${PART_TYPE}"${first}>`);
      yield toBase64(part);
      yield encoder.encode("</script>\n");
      first = "";
    }
  }
  yield encoder.encode(after);
}

/** The bytes in pieces of {@link PART_BYTES}, at least one. */
async function* inParts(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const part = new Uint8Array(PART_BYTES);
  let have = 0;
  let any = false;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const count = Math.min(chunk.length - at, PART_BYTES - have);
      part.set(chunk.subarray(at, at + count), have);
      at += count;
      have += count;
      if (have < PART_BYTES) continue;
      yield part;
      any = true;
      have = 0;
    }
  }
  if (have > 0 || !any) yield part.subarray(0, have);
}

/** The element that says what a page shows first. */
export function viewElement(view: string): string {
  return view === "" ? "" : `<meta name="flambeau-view" content="${escaped(view)}">\n`;
}

/** Text for an attribute in double quotes. */
export function escaped(text: string): string {
  const names = new Map([
    ["&", "&amp;"],
    ['"', "&quot;"],
    ["<", "&lt;"],
    [">", "&gt;"],
  ]);
  return text.replace(/[&"<>]/g, (letter) => names.get(letter)!);
}
