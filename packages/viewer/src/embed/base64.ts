const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const LETTERS = Uint8Array.from(ALPHABET, (letter) => letter.charCodeAt(0));

/** The bytes in base64, as ASCII bytes: no text of that length is ever made. */
export function toBase64(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.ceil(bytes.length / 3) * 4).fill(61);
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const word = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    out[at++] = LETTERS[word >> 18]!;
    out[at++] = LETTERS[(word >> 12) & 63]!;
    if (left > 1) out[at] = LETTERS[(word >> 6) & 63]!;
    at++;
    if (left > 2) out[at] = LETTERS[word & 63]!;
    at++;
  }
  return out;
}

/** The bytes of base64 text; throws where it is none. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const own = (Uint8Array as unknown as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> })
    .fromBase64;
  if (own !== undefined) return own.call(Uint8Array, text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
