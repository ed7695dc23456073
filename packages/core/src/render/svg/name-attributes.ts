import { FlambeauError } from "../../util/errors.ts";

/** Attributes for the frames of one function: flamegraph.pl's `--nameattr`. */
export interface NameAttributes {
  /** Replaces the frame's title. */
  readonly title?: string;
  /** Makes the frame a link: a click follows it, Ctrl-click zooms. */
  readonly href?: string;
  /** Default `_top`. */
  readonly target?: string;
  readonly id?: string;
  readonly class?: string;
  /** More attributes of the group, parsed from `g_extra` (`name="value" …`). */
  readonly group: readonly (readonly [string, string])[];
  /** More attributes of the link, from `a_extra`. */
  readonly link: readonly (readonly [string, string])[];
}

/**
 * Reads a `--nameattr` file: lines of `function<TAB>key=value<TAB>key=value…`. Extra attributes are taken apart and
 * written anew, so that they cannot break the file; event handlers and `javascript:` links are refused.
 */
export function parseNameAttributes(text: string): Map<string, NameAttributes> {
  const all = new Map<string, NameAttributes>();
  text.split(/\r?\n/).forEach((line, index) => {
    if (line === "") return;
    const [name, ...pairs] = line.split("\t");
    if (name === undefined || pairs.length === 0) {
      throw malformed("A line of the name attributes has no tab after the function's name.", index + 1);
    }
    all.set(name, fromPairs(pairs, index + 1));
  });
  return all;
}

const PLAIN = ["title", "href", "target", "id", "class"] as const;

function fromPairs(pairs: readonly string[], line: number): NameAttributes {
  const values = new Map<string, string>();
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at > 0) values.set(pair.slice(0, at), pair.slice(at + 1));
  }
  const plain: { [K in (typeof PLAIN)[number]]?: string } = {};
  for (const key of PLAIN) {
    const value = values.get(key);
    if (value !== undefined) plain[key] = value;
  }
  if (plain.href !== undefined) checkLink(plain.href, line);
  return {
    ...plain,
    group: extraAttributes(values.get("g_extra"), line),
    link: extraAttributes(values.get("a_extra"), line),
  };
}

function extraAttributes(text: string | undefined, line: number): [string, string][] {
  const attributes: [string, string][] = [];
  if (text === undefined) return attributes;
  const pattern = /\s*([A-Za-z_][\w:.-]*)\s*=\s*(?:"([^"]*)"|'([^']*)')\s*/y;
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text);
    if (match === null) throw malformed(`"${text}" is no list of name="value" attributes.`, line);
    const [, name = "", double, single] = match;
    const value = double ?? single ?? "";
    if (/^on/i.test(name)) throw malformed(`The attribute ${name} would run a script.`, line);
    if (/href$/i.test(name)) checkLink(value, line);
    attributes.push([name, value]);
  }
  return attributes;
}

function checkLink(href: string, line: number): void {
  // Browsers skip blanks and control characters before and inside the scheme.
  const scheme = href.replace(/[\u0000-\u0020]/g, "").toLowerCase();
  if (/^(javascript|vbscript|data):/.test(scheme))
    throw malformed(`The link "${href}" would run a script.`, line);
}

function malformed(message: string, line: number): FlambeauError {
  return new FlambeauError("malformed", message, { format: "nameattr", line });
}
