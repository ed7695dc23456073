/** Python's location table for instructions, by the version that wrote it (`sys.hexversion`). */
export function lineOf(python: number, table: Uint8Array, instruction: number, firstLine: number): number {
  if (instruction < 0) return 0;
  if (table.length === 0) return firstLine;
  if (python >= 0x030b0000) return line311(table, Math.floor(instruction / 2), firstLine);
  if (python >= 0x030a0000) return line310(table, instruction * 2, firstLine);
  return line39(table, instruction, firstLine);
}

const LONG = 14;
const NO_COLUMNS = 13;
const NONE = 15;

/** Since 3.11: entries of a kind, a length and differences. Source: Objects/locations.md in CPython. */
function line311(table: Uint8Array, wanted: number, firstLine: number): number {
  let at = 0;
  let line = firstLine;
  let address = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 30; shift += 6) {
      const byte = table[at++] ?? 0;
      value |= (byte & 63) << shift;
      if ((byte & 64) === 0) break;
    }
    return value;
  };
  while (at < table.length) {
    const first = table[at++]!;
    const kind = (first >> 3) & 15;
    if (kind === LONG || kind === NO_COLUMNS) {
      const value = varint();
      line += value & 1 ? -(value >> 1) : value >> 1;
      if (kind === LONG) for (let i = 0; i < 3; i++) varint();
    } else if (kind >= 10 && kind < NO_COLUMNS) {
      line += kind - 10;
      at += 2;
    } else if (kind !== NONE) at++;
    address += (first & 7) + 1;
    if (wanted < address) return line;
  }
  return 0;
}

/** 3.10: pairs of an instruction's length and a line's difference. */
function line310(table: Uint8Array, wanted: number, firstLine: number): number {
  let line = firstLine;
  let address = 0;
  for (let at = 0; at + 1 < table.length; at += 2) {
    address += table[at]!;
    const step = signed(table[at + 1]!);
    line += step === -128 ? 0 : step;
    if (address > wanted) break;
  }
  return line;
}

/** Up to 3.9: the line changes where the address is reached. */
function line39(table: Uint8Array, wanted: number, firstLine: number): number {
  let line = firstLine;
  let address = 0;
  for (let at = 0; at + 1 < table.length; at += 2) {
    address += table[at]!;
    if (address > wanted) break;
    line += signed(table[at + 1]!);
  }
  return line;
}

function signed(byte: number): number {
  return byte > 127 ? byte - 256 : byte;
}
