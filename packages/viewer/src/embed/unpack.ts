import type { AppOptions } from "../app/main.ts";
import { fromBase64 } from "./base64.ts";
import { PART_TYPE } from "./pack.ts";

type Embedded = NonNullable<AppOptions["embedded"]>[number];

/** The page's main thread is given back after this long, in milliseconds. */
const SLICE_MS = 12;

/**
 * The profiles in the page. Their elements are taken out of the document as they are decoded, so that a profile is
 * not held twice.
 */
export function embeddedProfiles(document: Document): Embedded[] {
  const profiles: { name: string; parts: Element[] }[] = [];
  for (const element of document.querySelectorAll(`script[type="${PART_TYPE}"]`)) {
    const name = element.getAttribute("data-name");
    if (name !== null) profiles.push({ name, parts: [] });
    profiles.at(-1)?.parts.push(element);
  }
  return profiles.map(({ name, parts }) => ({ name, bytes: () => decode(parts) }));
}

/** Into one array of the whole size, so that nothing is there twice. */
async function decode(parts: Element[]): Promise<Uint8Array<ArrayBuffer>> {
  const texts = parts.map((element) => element.textContent ?? "");
  const bytes = new Uint8Array(texts.reduce((sum, text) => sum + bytesIn(text), 0));
  let length = 0;
  let since = performance.now();
  for (const [i, element] of parts.entries()) {
    const piece = fromBase64(texts[i]!);
    bytes.set(piece, length);
    length += piece.length;
    texts[i] = "";
    element.remove();
    if (performance.now() - since < SLICE_MS) continue;
    await new Promise((resolve) => setTimeout(resolve));
    since = performance.now();
  }
  return bytes;
}

/** Bytes that base64 text stands for. */
function bytesIn(text: string): number {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}
