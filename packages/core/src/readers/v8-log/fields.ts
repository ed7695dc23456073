/**
 * The fields of a line: parted by commas; a field in quotation marks (before V8 6.8) may hold some, and quotation marks
 * twice. Commas and line ends within names are written `\x2C` and `\n`.
 */
export function fieldsOf(line: string): string[] {
  const fields: string[] = [];
  let at = 0;
  while (at <= line.length) {
    let end: number;
    if (line[at] === '"') {
      end = closingQuote(line, at + 1);
      fields.push(line.slice(at + 1, end).replaceAll('""', '"'));
      end = line.indexOf(",", end);
    } else {
      end = line.indexOf(",", at);
      fields.push(unescaped(line.slice(at, end < 0 ? line.length : end)));
    }
    if (end < 0) break;
    at = end + 1;
  }
  return fields;
}

function closingQuote(line: string, from: number): number {
  for (let at = from; at < line.length; at++) {
    if (line[at] !== '"') continue;
    if (line[at + 1] !== '"') return at;
    at++;
  }
  return line.length;
}

function unescaped(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(n)|(\\))/g, (_, byte, unit, newline) => {
    if (newline !== undefined) return "\n";
    const code: string | undefined = byte ?? unit;
    return code === undefined ? "\\" : String.fromCharCode(Number.parseInt(code, 16));
  });
}
