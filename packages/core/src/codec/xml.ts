import { FlambeauError } from "../util/errors.ts";
import { decodeUtf8 } from "../util/platform.ts";
import type { ByteSource } from "../util/source.ts";
import { ByteWindow } from "../util/window.ts";

const GREATER = 0x3e;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const SLASH = 0x2f;
const BANG = 0x21;
const QUESTION = 0x3f;

/** A tag or a text longer than this is refused rather than buffered. */
const LONGEST_TOKEN = 1 << 22;
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
 * Reads XML front to back: memory is one piece, or the longest tag or text. Namespaces are part of the names; a
 * document type is passed over, and what it defines is not known; whether tags match is left to the handler.
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
  // What is left of the piece before: the beginning of a token.
  let rest = "";
  let first = true;
  for (let more = true; more; ) {
    more = await window.ensure(window.left + 1);
    const cut = more ? window.bytes.lastIndexOf(GREATER, window.end - 1) + 1 : window.end;
    if (rest.length + window.left > LONGEST_TOKEN) {
      const message = "a tag or a text is too long to be XML of a profiler";
      throw new FlambeauError("too-large", message, { format, offset: window.offset });
    }
    // A `>` is a character of its own wherever it stands, so nothing is cut in two.
    if (cut <= window.at) continue;
    const piece = decodeUtf8(window.bytes.subarray(window.at, cut));
    window.at = cut;
    onProgress?.(window.offset);
    const text = rest + (first && piece.startsWith("\ufeff") ? piece.slice(1) : piece);
    first = false;
    rest = text.slice(takeTokens(text, handler));
  }
  return rest.trim() === "";
}

/** Hands over the whole tokens of a text; answers where the first that is not whole begins. */
function takeTokens(text: string, handler: XmlHandler): number {
  let at = 0;
  while (at < text.length) {
    if (text[at] !== "<") {
      const next = text.indexOf("<", at);
      if (next < 0) return at;
      takeText(text.slice(at, next), handler);
      at = next;
      continue;
    }
    const end = markupEnd(text, at);
    if (end < 0) return at;
    takeMarkup(text, at, end, handler);
    at = end;
  }
  return at;
}

/** Behind the markup that begins at `at`; -1 where the text ends before. */
function markupEnd(text: string, at: number): number {
  const second = text.charCodeAt(at + 1);
  if (second === QUESTION) return behind(text, "?>", at);
  if (second !== BANG) return tagEnd(text, at);
  if (text.length - at < CDATA.length) return -1;
  if (text.startsWith(COMMENT, at)) return behind(text, "-->", at + COMMENT.length);
  if (text.startsWith(CDATA, at)) return behind(text, "]]>", at + CDATA.length);
  return declarationEnd(text, at);
}

function behind(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 ? -1 : at + mark.length;
}

/** The first `>` outside of quotes. */
function tagEnd(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === GREATER) return i + 1;
    if (code !== QUOTE && code !== APOSTROPHE) continue;
    i = text.indexOf(code === QUOTE ? '"' : "'", i + 1);
    if (i < 0) return -1;
  }
  return -1;
}

/** A document type may hold declarations in brackets. */
function declarationEnd(text: string, at: number): number {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    if (text[i] === "[") depth++;
    else if (text[i] === "]") depth--;
    else if (text[i] === ">" && depth <= 0) return i + 1;
  }
  return -1;
}

function takeText(text: string, handler: XmlHandler): void {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) <= 0x20) continue;
    handler.text(unescapeXml(text));
    return;
  }
}

function takeMarkup(text: string, at: number, end: number, handler: XmlHandler): void {
  const second = text.charCodeAt(at + 1);
  if (second === QUESTION) return;
  if (second === BANG) {
    const inner = text.startsWith(CDATA, at) ? text.slice(at + CDATA.length, end - 3) : "";
    if (inner.trim() !== "") handler.text(inner);
    return;
  }
  if (second === SLASH) {
    handler.close(text.slice(at + 2, end - 1).trimEnd());
    return;
  }
  const empty = text.charCodeAt(end - 2) === SLASH;
  const last = end - (empty ? 2 : 1);
  let cut = at + 1;
  while (cut < last && text.charCodeAt(cut) > 0x20) cut++;
  const name = text.slice(at + 1, cut);
  handler.open(name, text.slice(cut, last));
  if (empty) handler.close(name);
}

/** Value of an attribute in a tag's text; undefined where the tag does not have it. */
export function xmlAttribute(attributes: string, name: string): string | undefined {
  for (let at = 0; ; ) {
    const equals = attributes.indexOf("=", at);
    if (equals < 0) return undefined;
    let open = equals + 1;
    while (open < attributes.length && attributes.charCodeAt(open) <= 0x20) open++;
    const quote = attributes[open];
    if (quote !== '"' && quote !== "'") return undefined;
    const end = attributes.indexOf(quote, open + 1);
    if (end < 0) return undefined;
    let last = equals;
    while (last > at && attributes.charCodeAt(last - 1) <= 0x20) last--;
    while (at < last && attributes.charCodeAt(at) <= 0x20) at++;
    if (last - at === name.length && attributes.startsWith(name, at)) {
      return unescapeXml(attributes.slice(open + 1, end));
    }
    at = end + 1;
  }
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
