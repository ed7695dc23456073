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

async function decode(parts: Element[]): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  let since = performance.now();
  for (const element of parts.splice(0)) {
    const piece = fromBase64(element.textContent ?? "");
    element.remove();
    pieces.push(piece);
    length += piece.length;
    if (performance.now() - since < SLICE_MS) continue;
    await new Promise((resolve) => setTimeout(resolve));
    since = performance.now();
  }
  if (pieces.length === 1) return pieces[0]!;
  return new Uint8Array(await new Blob(pieces).arrayBuffer(), 0, length);
}
