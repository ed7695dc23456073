import type { Label } from "../../model/profile.ts";
import type { LegacySymbol } from "./collected.ts";

/** `#	0x4b9c8e	main.main+0xce	/src/w.go:14`. */
const SYMBOL = /^#\s+0x([0-9a-f]{1,16})\s+(\S+?)(?:\+0x[0-9a-f]+)?(?:\s+(.*):(\d+))?$/;

/**
 * Go writes what it knows of a stack's addresses in comments below it (`?debug=1`). Several lines of one address
 * are inlined calls, the innermost first; in a recursion they stand there again and again. Frames that Go leaves out
 * there keep their address alone.
 */
export class GoComments {
  readonly symbols: Map<bigint, readonly LegacySymbol[]> = new Map();
  #block = new Map<bigint, LegacySymbol[]>();
  /** Addresses whose lines began anew. */
  readonly #again = new Set<bigint>();

  /** Takes a comment line; gives the labels that stand in it. */
  take(line: string): Label[] {
    const match = SYMBOL.exec(line);
    if (match === null) return labelsOf(line);
    const address = BigInt(`0x${match[1]!}`);
    const list = this.#block.get(address) ?? [];
    const symbol = {
      name: match[2]!,
      file: match[3] ?? "",
      line: Math.min(Number(match[4] ?? 0), 0xffffffff),
    };
    if (list.length > 0 && isSame(symbol, list[0]!)) this.#again.add(address);
    if (this.#again.has(address)) return [];
    list.push(symbol);
    this.#block.set(address, list);
    return [];
  }

  /** Ends the comments of one stack. */
  endBlock(): void {
    if (this.#block.size === 0) return;
    for (const [address, list] of this.#block)
      if (!this.symbols.has(address)) this.symbols.set(address, list);
    this.#block = new Map();
    this.#again.clear();
  }
}

function isSame(a: LegacySymbol, b: LegacySymbol): boolean {
  return a.name === b.name && a.line === b.line && a.file === b.file;
}

/** `# labels: {"key":"value"}`, below a goroutine. */
function labelsOf(line: string): Label[] {
  const match = /^# labels: (\{.*\})$/.exec(line);
  if (match === null) return [];
  return [...match[1]!.matchAll(/"((?:[^"\\]|\\.)*)":"((?:[^"\\]|\\.)*)"/g)].map(([, key, value]) => ({
    key: unquoted(key!),
    value: unquoted(value!),
  }));
}

/** Text of Go's %q without its quotation marks. */
function unquoted(text: string): string {
  return text
    .replace(/\\(["\\])/g, "$1")
    .replaceAll("\\n", "\n")
    .replaceAll("\\t", "\t");
}
