/** A colour as the bytes R, G, B, 255 of an ImageData on little-endian machines: 0xffBBGGRR. */
export type Packed = number;

export function pack(red: number, green: number, blue: number): Packed {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** `part` of `other` in `color`, 0 to 1. */
export function mix(color: Packed, other: Packed, part: number): Packed {
  const keep = 1 - part;
  return pack(
    Math.round((color & 255) * keep + (other & 255) * part),
    Math.round(((color >> 8) & 255) * keep + ((other >> 8) & 255) * part),
    Math.round(((color >> 16) & 255) * keep + ((other >> 16) & 255) * part),
  );
}

const linear = Float64Array.from({ length: 256 }, (_, value) => {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
});

/** Relative luminance after WCAG, 0 to 1. */
export function luminance(color: Packed): number {
  return (
    0.2126 * linear[color & 255]! +
    0.7152 * linear[(color >> 8) & 255]! +
    0.0722 * linear[(color >> 16) & 255]!
  );
}

/** Contrast of two colours after WCAG, 1 to 21. */
export function contrast(one: Packed, other: Packed): number {
  const [a, b] = [luminance(one) + 0.05, luminance(other) + 0.05];
  return a > b ? a / b : b / a;
}

/** True where black text reads better than white: one of them always has a contrast of at least 4.5. */
export function wantsBlackText(color: Packed): boolean {
  return luminance(color) > 0.179;
}

const texts = new Map<Packed, string>();

/** `#rrggbb`, kept: a picture uses few colours many times. */
export function cssColor(color: Packed): string {
  let text = texts.get(color);
  if (text === undefined) {
    const rgb = ((color & 255) << 16) | (color & 0xff00) | ((color >> 16) & 255);
    text = `#${(0x1000000 | rgb).toString(16).slice(1)}`;
    if (texts.size > 5000) texts.clear();
    texts.set(color, text);
  }
  return text;
}

/** Hue 0–360, saturation and lightness 0–1. */
export function hsl(hue: number, saturation: number, lightness: number): Packed {
  const reach = saturation * Math.min(lightness, 1 - lightness);
  const channel = (shift: number): number => {
    const k = (shift + hue / 30) % 12;
    return Math.round(255 * (lightness - reach * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return pack(channel(0), channel(8), channel(4));
}
