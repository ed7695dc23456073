import { encodeUtf8 } from "../util/platform.ts";
import type { ZipEntry } from "./zip-directory.ts";

/** The file of an Instruments package that every other one belongs to, and those that its reader looks at. */
const HEART = /^(?:.*\/)?[^/]+\.trace\/form\.template$/;
const PARTS =
  /\.trace\/(?:form\.template|corespace\/run\d+\/core\/(?:stores\/[^/]+\/(?:schema\.xml|bulkstore)|uniquing\/arrayUniquer\/integeruniquer\.(?:index|data)))$/;
const BLOCK = 512;
/** Longer names have no place in the plain form of a tar archive; no package has such. */
const LONGEST_NAME = 100;

/**
 * The files of an archive that make one recording together (a folder on macOS: `name.trace`), the one that tells all
 * others first; undefined where the archive is no such package.
 */
export function packageOf(entries: readonly ZipEntry[]): readonly ZipEntry[] | undefined {
  const hearts = entries.filter(({ name }) => HEART.test(name));
  if (hearts.length !== 1) return undefined;
  const root = hearts[0]!.name.slice(0, -"form.template".length);
  const parts = entries.filter((entry) => entry.name.startsWith(root) && PARTS.test(entry.name));
  return [hearts[0]!, ...parts.filter((entry) => entry !== hearts[0])];
}

/** The name of a file in the package, from the folder's own name on. */
function nameInPackage(name: string): string {
  const end = name.lastIndexOf(".trace/");
  return name.slice(name.lastIndexOf("/", end - 1) + 1);
}

/** A file's header and its padding, as a tar archive has them: packages are handed on as one. */
export function tarHeader(name: string, size: number): Uint8Array {
  const header = new Uint8Array(BLOCK);
  header.set(encodeUtf8(nameInPackage(name)).subarray(0, LONGEST_NAME), 0);
  header.set(encodeUtf8("0000644\0"), 100);
  header.set(encodeUtf8(`${size.toString(8).padStart(11, "0")}\0`), 124);
  header[156] = 0x30;
  header.set(encodeUtf8(`ustar\0${"00"}`), 257);
  header.fill(0x20, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.set(encodeUtf8(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return header;
}

export function tarPadding(size: number): Uint8Array {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}
