/** Letters of the primitive types in symbols of arrays. */
const PRIMITIVES: ReadonlyMap<string, string> = new Map([
  ["B", "byte"],
  ["C", "char"],
  ["S", "short"],
  ["I", "int"],
  ["J", "long"],
  ["Z", "boolean"],
  ["F", "float"],
  ["D", "double"],
]);

/** A class as Java writes it, from its symbol: `java/lang/String` → `java.lang.String`, `[[I` → `int[][]`. */
export function javaClassName(symbol: string): string {
  const name = symbol.replace(/^\[+/, "");
  const depth = symbol.length - name.length;
  if (depth === 0) return symbol.replaceAll("/", ".");
  const element = PRIMITIVES.get(name) ?? name.replace(/^L(.*);$/, "$1").replaceAll("/", ".");
  return element + "[]".repeat(depth);
}
