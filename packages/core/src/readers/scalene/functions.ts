import type { ScaleneSource } from "./parse.ts";

const MODULE = "<module>";

/**
 * The function that each line belongs to, in the order of the lines' numbers. The file says where functions begin, not
 * where they end; Python's indentation does:
 *
 * ```
 * 3  def hot():        hot
 * 4      for i in x:   hot
 * 5          f(i)      hot
 * 6  hot()             <module>
 * ```
 */
export function functionOfLines({ lines, functions }: ScaleneSource): Map<number, string> {
  const sorted = [...lines].sort((a, b) => a.number - b.number);
  const starts = [...functions].sort((a, b) => a.line - b.line);
  const names = new Map<number, string>();
  /** Functions around the current line, outermost first. */
  const open: { readonly name: string; readonly indent: number }[] = [];
  const close = (indent: number): void => {
    while (open.length > 0 && open.at(-1)!.indent >= indent) open.pop();
  };
  let next = 0;
  for (const { number, indent } of sorted) {
    let begins = false;
    for (; next < starts.length && starts[next]!.line <= number; next++) {
      const start = starts[next]!;
      begins = start.line === number;
      const own = begins && Number.isFinite(indent) ? indent : 0;
      close(own);
      open.push({ name: start.name, indent: own });
    }
    if (!begins && Number.isFinite(indent)) close(indent);
    names.set(number, open.at(-1)?.name ?? MODULE);
  }
  return names;
}
