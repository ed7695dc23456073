/** How two outputs differ, as sets of lines: order says nothing in folded output. */
export interface LineDifference {
  /** Lines that only the expectation has. */
  readonly missing: readonly string[];
  /** Lines that only we have. */
  readonly extra: readonly string[];
}

/** Compares line by line; repeated lines count as often as they stand there. */
export function compareLines(expected: string, actual: string): LineDifference {
  const counts = new Map<string, number>();
  for (const line of linesOf(expected)) counts.set(line, (counts.get(line) ?? 0) + 1);
  const extra: string[] = [];
  for (const line of linesOf(actual)) {
    const left = counts.get(line) ?? 0;
    if (left > 0) counts.set(line, left - 1);
    else extra.push(line);
  }
  const missing = [...counts].flatMap(([line, count]) => Array<string>(count).fill(line));
  return { missing: missing.sort(), extra: extra.sort() };
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

/** The first lines of a difference, for a failed test's message. */
export function describeDifference({ missing, extra }: LineDifference): string {
  const some = (sign: string, lines: readonly string[]): string[] =>
    lines.slice(0, 8).map((line) => sign + line);
  return [
    `${missing.length} lines missing, ${extra.length} extra`,
    ...some("- ", missing),
    ...some("+ ", extra),
  ].join("\n");
}
