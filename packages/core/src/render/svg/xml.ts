/**
 * The one place where text becomes XML. Everything that comes from a profile or an option passes here exactly once,
 * for element content and for attribute values in double quotes alike.
 *
 * Characters that XML 1.0 does not allow are replaced so that one sees them: control characters by their control
 * pictures (U+2400 …), lone surrogates and non-characters by U+FFFD. Tabs and line ends too: attribute values and
 * single-line labels would lose them.
 */
export function xmlText(text: string): string {
  const visible = visibleText(text);
  return SPECIAL.test(visible)
    ? visible.replace(SPECIAL_ALL, (character) => ENTITIES.get(character)!)
    : visible;
}

/** Text with nothing that XML forbids; not escaped yet. */
export function visibleText(text: string): string {
  return FORBIDDEN.test(text) ? text.replace(FORBIDDEN_ALL, visibleCharacter) : text;
}

/** As {@link xmlText} for element content alone, where quotes need no escape: for JSON, which is full of them. */
export function xmlData(text: string): string {
  return xmlText(text).replaceAll("&quot;", '"').replaceAll("&#39;", "'");
}

const SPECIAL = /[&<>"']/;
const SPECIAL_ALL = /[&<>"']/g;
const FORBIDDEN =
  /[\u0000-\u001f\u007f-\u009f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const FORBIDDEN_ALL = new RegExp(FORBIDDEN.source, "g");

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
]);

function visibleCharacter(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "\u2421" : "\ufffd";
}

/** Text for an XML comment, which must not hold `--` nor end in `-`. */
export function xmlComment(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b-\u001f\ud800-\udfff\ufffe\uffff]/g, "\ufffd")
    .replaceAll("-", "\u2010");
}

/** Writes what is outside ASCII as character references: readable under whatever encoding is declared. */
export function asciiOnly(xml: string): string {
  return xml.replace(/[^\u0000-\u007f]/gu, (character) => `&#x${character.codePointAt(0)!.toString(16)};`);
}
