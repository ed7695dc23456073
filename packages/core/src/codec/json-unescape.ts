/**
 * Copies the inside of a JSON string from `[start, end)` to `target` (at least as long) without its escapes.
 * Returns the length; for an escape that JSON does not know `~offset` of its backslash, which is negative.
 */
export function unescapeJson(bytes: Uint8Array, start: number, end: number, target: Uint8Array): number {
  let length = 0;
  let at = start;
  while (at < end) {
    const byte = bytes[at]!;
    if (byte !== 0x5c) {
      target[length++] = byte;
      at++;
      continue;
    }
    const letter = bytes[at + 1]!;
    if (letter !== 0x75) {
      const plain = simpleEscape(letter);
      if (plain < 0) return ~at;
      target[length++] = plain;
      at += 2;
      continue;
    }
    let code = hex4(bytes, at + 2, end);
    if (code < 0) return ~at;
    at += 6;
    if (code >= 0xd800 && code < 0xdc00 && bytes[at] === 0x5c && bytes[at + 1] === 0x75) {
      const low = hex4(bytes, at + 2, end);
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        at += 6;
      }
    }
    length = putCodePoint(target, length, code);
  }
  return length;
}

/** The byte that `\n` and its like stand for, or -1. */
function simpleEscape(letter: number): number {
  switch (letter) {
    case 0x22:
    case 0x5c:
    case 0x2f:
      return letter;
    case 0x62:
      return 8;
    case 0x66:
      return 12;
    case 0x6e:
      return 10;
    case 0x72:
      return 13;
    case 0x74:
      return 9;
    default:
      return -1;
  }
}

function hex4(bytes: Uint8Array, start: number, end: number): number {
  if (start + 4 > end) return -1;
  let code = 0;
  for (let at = start; at < start + 4; at++) {
    const byte = bytes[at]!;
    const letter = byte | 0x20;
    if (byte >= 0x30 && byte <= 0x39) code = code * 16 + byte - 0x30;
    else if (letter >= 0x61 && letter <= 0x66) code = code * 16 + letter - 0x57;
    else return -1;
  }
  return code;
}

/** Half of a surrogate pair keeps its three bytes, so that names that differ stay different. */
function putCodePoint(target: Uint8Array, length: number, code: number): number {
  if (code < 0x80) target[length++] = code;
  else if (code < 0x800) {
    target[length++] = 0xc0 | (code >> 6);
    target[length++] = 0x80 | (code & 63);
  } else if (code < 0x10000) {
    target[length++] = 0xe0 | (code >> 12);
    target[length++] = 0x80 | ((code >> 6) & 63);
    target[length++] = 0x80 | (code & 63);
  } else {
    target[length++] = 0xf0 | (code >> 18);
    target[length++] = 0x80 | ((code >> 12) & 63);
    target[length++] = 0x80 | ((code >> 6) & 63);
    target[length++] = 0x80 | (code & 63);
  }
  return length;
}
