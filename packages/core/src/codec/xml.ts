import { FlambeauError } from "../util/errors.ts";
import { decodeUtf8 } from "../util/platform.ts";
import type { ByteSource } from "../util/source.ts";
import { ByteWindow } from "../util/window.ts";

const OPEN = 0x3c;
const CLOSE = 0x3e;
const SLASH = 0x2f;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const BANG = 0x21;
const QUESTION = 0x3f;

/** A tag or a text longer than this is refused rather than buffered. */
const LONGEST_TOKEN = 1 << 22;
/** Bytes that a comment or CDATA section begins with. */
const COMMENT = "<!--";
const CDATA = "<![CDATA[";

/** Told of each part of the document, in its order. */
export interface XmlHandler {
  /** `attributes` is the tag's text behind its name: see {@link xmlAttribute}. An empty element is closed at once. */
  open(name: string, attributes: string): void;
  close(name: string): void;
  /** Text between tags, entities replaced; only where there is more than blanks. */
  text(text: string): void;
}

/**
 * Reads XML front to back: memory is one tag or one text. Namespaces are part of the names; a document type is passed
 * over, and what it defines is not known; whether tags match is left to the handler.
 *
 * @returns false where the document ends in the middle of a tag
 */
export async function readXml(
  source: ByteSource,
  handler: XmlHandler,
  format: string,
  onProgress?: (bytes: number) => void,
): Promise<boolean> {
  const window = new ByteWindow(source);
  let skipMark = true;
  for (;;) {
    const end = tokenEnd(window.bytes, window.at, window.end);
    if (end > 0) {
      takeToken(window.bytes, window.at, end, handler);
      window.at = end;
      continue;
    }
    if (window.left > LONGEST_TOKEN) {
      const message = "a tag or a text is too long to be XML of a profiler";
      throw new FlambeauError("too-large", message, { format, offset: window.offset });
    }
    onProgress?.(window.offset);
    if (await window.ensure(window.left + 1)) {
      if (skipMark && window.bytes[window.at] === 0xef && (await window.ensure(3))) window.at += 3;
      skipMark = false;
      continue;
    }
    const rest = decodeUtf8(window.bytes.subarray(window.at, window.end)).trim();
    return rest === "";
  }
}

/** Where the token that begins at `at` ends; 0 where the bytes end before. */
function tokenEnd(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end) return 0;
  if (bytes[at] !== OPEN) {
    const next = bytes.indexOf(OPEN, at);
    return next < 0 || next >= end ? 0 : next;
  }
  if (bytes[at + 1] === BANG) {
    if (end - at < CDATA.length) return 0;
    if (begins(bytes, at, COMMENT)) return after(bytes, at + 4, end, "-->");
    if (begins(bytes, at, CDATA)) return after(bytes, at, end, "]]>");
    return declarationEnd(bytes, at, end);
  }
  if (bytes[at + 1] === QUESTION) return after(bytes, at, end, "?>");
  let quote = 0;
  for (let i = at + 1; i < end; i++) {
    const byte = bytes[i]!;
    if (quote !== 0) {
      if (byte === quote) quote = 0;
    } else if (byte === QUOTE || byte === APOSTROPHE) quote = byte;
    else if (byte === CLOSE) return i + 1;
  }
  return 0;
}

/** A document type may hold declarations in brackets. */
function declarationEnd(bytes: Uint8Array, at: number, end: number): number {
  let depth = 0;
  for (let i = at; i < end; i++) {
    if (bytes[i] === 0x5b) depth++;
    else if (bytes[i] === 0x5d) depth--;
    else if (bytes[i] === CLOSE && depth <= 0) return i + 1;
  }
  return 0;
}

function begins(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Behind the next `text`; 0 where there is none. */
function after(bytes: Uint8Array, from: number, end: number, text: string): number {
  const first = text.charCodeAt(0);
  for (let at = bytes.indexOf(first, from); at >= 0 && at + text.length <= end; ) {
    if (begins(bytes, at, text)) return at + text.length;
    at = bytes.indexOf(first, at + 1);
  }
  return 0;
}

function takeToken(bytes: Uint8Array, at: number, end: number, handler: XmlHandler): void {
  if (bytes[at] !== OPEN) {
    if (!blank(bytes, at, end)) handler.text(unescapeXml(decodeUtf8(bytes.subarray(at, end))));
    return;
  }
  const second = bytes[at + 1];
  if (second === BANG) {
    if (!begins(bytes, at, CDATA)) return;
    const text = decodeUtf8(bytes.subarray(at + CDATA.length, end - 3));
    if (text.trim() !== "") handler.text(text);
    return;
  }
  if (second === QUESTION) return;
  if (second === SLASH) {
    handler.close(decodeUtf8(bytes.subarray(at + 2, end - 1)).trimEnd());
    return;
  }
  const empty = bytes[end - 2] === SLASH;
  const tag = decodeUtf8(bytes.subarray(at + 1, end - (empty ? 2 : 1)));
  const cut = tag.search(/\s/);
  const name = cut < 0 ? tag : tag.slice(0, cut);
  handler.open(name, cut < 0 ? "" : tag.slice(cut));
  if (empty) handler.close(name);
}

function blank(bytes: Uint8Array, at: number, end: number): boolean {
  for (let i = at; i < end; i++) if (bytes[i]! > 0x20) return false;
  return true;
}

/** Value of an attribute in a tag's text; undefined where the tag does not have it. */
export function xmlAttribute(attributes: string, name: string): string | undefined {
  for (let at = 0; at < attributes.length; ) {
    const equals = attributes.indexOf("=", at);
    if (equals < 0) return undefined;
    const key = attributes.slice(at, equals).trim();
    const open = /["']/.exec(attributes.slice(equals + 1, equals + 64));
    if (open === null) return undefined;
    const start = equals + 2 + open.index;
    const end = attributes.indexOf(open[0], start);
    if (end < 0) return undefined;
    if (key === name) return unescapeXml(attributes.slice(start, end));
    at = end + 1;
  }
  return undefined;
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

/** Replaces the five entities of XML and those by number; any other stays as it is. */
export function unescapeXml(text: string): string {
  if (!text.includes("&")) return text;
  return text.replaceAll(/&(?:#x([0-9a-fA-F]{1,6})|#(\d{1,7})|(\w{2,4}));/g, (whole, hex, decimal, name) => {
    if (name !== undefined) return ENTITIES.get(name) ?? whole;
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return point <= 0x10ffff && point > 0 ? String.fromCodePoint(point) : whole;
  });
}
