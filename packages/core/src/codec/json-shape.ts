import { decodeLatin1 } from "../util/platform.ts";

/** How many levels below the top {@link jsonPaths} looks. */
const DEPTH = 5;
const MAX_PATHS = 2000;
const MAX_KEY = 100;

const known = new WeakMap<Uint8Array, ReadonlySet<string>>();

/**
 * The paths of keys in the beginning of a JSON text, for sniffing: what stands in a string value cannot
 * pass for a key. Text that is not JSON gives few or none.
 *
 * ```
 * {"nodes":[{"id":1,"callFrame":{"url":""}}]}   →  {}, nodes, nodes[], nodes[].id, nodes[].callFrame, …
 * [{"ph":"B"}]                                  →  [], [].ph
 * ```
 *
 * The first entry is `{}` or `[]` for the kind of the whole.
 */
export function jsonPaths(head: Uint8Array): ReadonlySet<string> {
  let paths = known.get(head);
  if (paths === undefined) {
    paths = new PathScanner(head).scan();
    known.set(head, paths);
  }
  return paths;
}

class PathScanner {
  readonly #bytes: Uint8Array;
  readonly #paths = new Set<string>();
  /** Path of each open object or array, as deep as we look. */
  readonly #open: string[] = [];
  #depth = 0;
  #at = 0;
  #key = "";
  /** In an object, between a bracket or a comma and the colon. */
  #keyDue = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  scan(): ReadonlySet<string> {
    const bytes = this.#bytes;
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.#at = 3;
    while (this.#at < bytes.length && this.#paths.size < MAX_PATHS) {
      const byte = bytes[this.#at++]!;
      if (this.#depth === 0 && byte > 32 && byte !== 0x7b && byte !== 0x5b) break;
      if (byte === 0x22) this.#string();
      else if (byte === 0x7b || byte === 0x5b) this.#enter(byte === 0x7b);
      else if (byte === 0x7d || byte === 0x5d) this.#leave();
      else if (byte === 0x2c) this.#keyDue = this.#inObject();
    }
    return this.#paths;
  }

  #inObject(): boolean {
    return this.#depth <= DEPTH && this.#open[this.#depth - 1]?.endsWith("{}") === true;
  }

  #enter(object: boolean): void {
    if (this.#depth < DEPTH) {
      const outer = this.#open[this.#depth - 1];
      const inside = outer === undefined ? "" : outer.endsWith("{}") ? join(outer, this.#key) : outer;
      if (outer === undefined || !object) this.#paths.add(object ? "{}" : `${inside}[]`);
      this.#open[this.#depth] = object ? `${inside}{}` : `${inside}[]`;
    }
    this.#depth++;
    this.#keyDue = object && this.#depth <= DEPTH;
  }

  #leave(): void {
    if (this.#depth > 0) this.#depth--;
    this.#keyDue = false;
  }

  #string(): void {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    while (at < bytes.length && bytes[at] !== 0x22) at += bytes[at] === 0x5c ? 2 : 1;
    this.#at = at + 1;
    if (!this.#keyDue || at >= bytes.length) return;
    this.#keyDue = false;
    this.#key = decodeLatin1(bytes.subarray(start, Math.min(at, start + MAX_KEY)));
    this.#paths.add(join(this.#open[this.#depth - 1]!, this.#key));
  }
}

/** `shared{}` and `frames` → `shared.frames`. */
function join(object: string, key: string): string {
  const path = object.slice(0, -2);
  return path === "" ? key : `${path}.${key}`;
}
