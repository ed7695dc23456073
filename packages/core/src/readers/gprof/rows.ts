/** A row of a call graph. */
export interface GraphRow {
  /** The function that the entry is about; else one of its callers or callees. */
  readonly primary: boolean;
  readonly name: string;
  /** The function's number in the listing. */
  readonly index: string;
  /** `<cycle 1 as a whole>`: not a function. */
  readonly cycle: boolean;
  /** In the listing's unit; 0 where blank: calls within a cycle. */
  readonly self: number;
  readonly children: number;
  readonly calls: number;
}

const NUMBER = "(-?\\d{1,12}(?:\\.\\d{1,9})?)";
/** `[1]    100.0    0.15    0.00    2402+5       `; VTune has no calls. */
const PRIMARY = new RegExp(
  `^\\[\\d+\\] +${NUMBER} +${NUMBER} +${NUMBER} +(?:(\\d{1,15})(?:\\+\\d+)? +)?(\\S.*)$`,
);
/** `                0.00    0.00       1/2402        `. */
const OTHER = new RegExp(`^ +(?:${NUMBER} +${NUMBER} +)?(?:(\\d{1,15})(?:/\\d+)? +)?(\\S.*)$`);

/** Reads a row; undefined where the line is none. */
export function graphRow(text: string): GraphRow | undefined {
  const end = text.trimEnd();
  // `name <cycle 2> [16]`; in parentheses where the function's entry is not printed.
  const space = end.lastIndexOf(" ");
  const index = /^[[(](\d{1,9})[\])]$/.exec(end.slice(space + 1))?.[1];
  if (space < 0 || index === undefined) return undefined;
  const rest = end.slice(0, space).trimEnd();
  const primary = rest.startsWith("[");
  const match = (primary ? PRIMARY : OTHER).exec(rest);
  if (match === null) return undefined;
  const [self, children, calls, said] = match.slice(primary ? 2 : 1);
  return {
    primary,
    index,
    name: said!.replace(/ <cycle \d{1,9}>$/, ""),
    cycle: /^<cycle \d{1,9} as a whole>$/.test(said!),
    self: Number(self ?? "0"),
    children: Number(children ?? "0"),
    calls: Number(calls ?? "0"),
  };
}
