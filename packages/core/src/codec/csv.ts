/** Blanks in front of a quoted field, at most. */
const LONGEST_INDENT = 1 << 12;

/** The fields of one CSV record; quotes may hold commas, and `""` is a quote within them. */
export function csvFields(line: string): string[] {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    const blanks = /^[ \t]*/.exec(line.slice(at, at + LONGEST_INDENT))![0];
    if (line[at + blanks.length] !== '"') {
      const comma = line.indexOf(",", at);
      fields.push(comma < 0 ? line.slice(at) : line.slice(at, comma));
      if (comma < 0) return fields;
      at = comma + 1;
      continue;
    }
    let field = blanks; // VTune indents in front of the quote
    at += blanks.length + 1;
    for (;;) {
      const quote = line.indexOf('"', at);
      field += line.slice(at, quote < 0 ? undefined : quote);
      at = quote < 0 ? line.length : quote + 1;
      if (quote < 0 || line[at] !== '"') break;
      field += '"';
      at++;
    }
    fields.push(field);
    const comma = line.indexOf(",", at);
    if (comma < 0) return fields;
    at = comma + 1;
  }
}

/** `2,893,824` and `1.50`; undefined where the text is no number. */
export function groupedNumber(text: string): number | undefined {
  const plain = text.trim().replaceAll(",", "");
  return /^-?\d{1,20}(?:\.\d{1,20})?$/.test(plain) ? Number(plain) : undefined;
}
