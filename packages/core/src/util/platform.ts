/**
 * What core needs of its host and the ECMAScript library does not name: typed here once, because core is
 * compiled without the DOM's and Node's types. Every host that runs core (Node ≥ 20, browsers, workers) has them.
 */
interface TextDecoderLike {
  decode(bytes?: Uint8Array): string;
}

interface TextEncoderLike {
  encode(text: string): Uint8Array;
}

/** The part of `WebAssembly` that core uses. */
export interface WebAssemblyLike {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: object };
  validate(bytes: Uint8Array): boolean;
}

interface Host {
  TextDecoder: new (label: string, options?: { fatal?: boolean; ignoreBOM?: boolean }) => TextDecoderLike;
  TextEncoder: new () => TextEncoderLike;
  WebAssembly?: WebAssemblyLike;
}

const host: Host = globalThis as unknown as Host;

const utf8Decoder: TextDecoderLike = new host.TextDecoder("utf-8", { ignoreBOM: true });
const utf8Encoder: TextEncoderLike = new host.TextEncoder();

/** Bytes to text; invalid UTF-8 becomes U+FFFD. The bytes themselves are what is kept and written back. */
export function decodeUtf8(bytes: Uint8Array): string {
  return utf8Decoder.decode(bytes);
}

/** Text to UTF-8 bytes. */
export function encodeUtf8(text: string): Uint8Array {
  return utf8Encoder.encode(text);
}

/** Bytes to a string with one character per byte: for sniffing, where every byte must stay tellable. */
export function decodeLatin1(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return text;
}

/** The host's WebAssembly, or undefined where it is switched off (some locked-down browsers and hosts). */
export const webAssembly: WebAssemblyLike | undefined = host.WebAssembly;

/** Decodes base64 without `atob`, which core's type library does not have. */
export function decodeBase64(text: string): Uint8Array {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const value = new Uint8Array(128);
  for (let i = 0; i < alphabet.length; i++) value[alphabet.charCodeAt(i)] = i;
  const clean = text.endsWith("==") ? text.length - 2 : text.endsWith("=") ? text.length - 1 : text.length;
  const bytes = new Uint8Array(Math.floor((clean * 3) / 4));
  let bits = 0;
  let held = 0;
  let out = 0;
  for (let i = 0; i < clean; i++) {
    held = (held << 6) | value[text.charCodeAt(i)]!;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[out++] = (held >> bits) & 255;
    }
  }
  return bytes;
}
