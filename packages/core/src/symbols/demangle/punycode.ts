/** RFC 3492, with `_` in place of `-` and digits `a…z0…9`; names that cannot be decoded are shown as they are. */
export function punycode(name: string): string {
  const split = name.lastIndexOf("_");
  const points = Array.from(split > 0 ? name.slice(0, split) : "", (char) => char.codePointAt(0)!);
  const digits = split >= 0 ? name.slice(split + 1) : name;
  const state: State = { digits, at: 0, bias: 72 };
  let [point, place] = [128, 0];
  while (state.at < digits.length) {
    const step = number(state);
    const length = points.length + 1;
    if (step === undefined || length > 1000) return `punycode{${name}}`;
    state.bias = adapted(step, length, place === 0);
    place += step;
    point += Math.floor(place / length);
    place %= length;
    if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) return `punycode{${name}}`;
    points.splice(place++, 0, point);
  }
  return String.fromCodePoint(...points);
}

interface State {
  readonly digits: string;
  at: number;
  bias: number;
}

/** A number whose digits weigh more and more; undefined where it does not end. */
function number(state: State): number | undefined {
  let value = 0;
  let weight = 1;
  for (let k = 36; ; k += 36) {
    const code = state.digits.charCodeAt(state.at++);
    const digit = code >= 97 && code < 123 ? code - 97 : code >= 48 && code < 58 ? code - 22 : 36;
    value += digit * weight;
    if (digit > 35 || value > 2 ** 40) return undefined;
    const threshold = k <= state.bias ? 1 : k >= state.bias + 26 ? 26 : k - state.bias;
    if (digit < threshold) return value;
    weight *= 36 - threshold;
  }
}

function adapted(difference: number, length: number, first: boolean): number {
  let delta = Math.floor(difference / (first ? 700 : 2));
  delta += Math.floor(delta / length);
  let k = 0;
  for (; delta > 455; k += 36) delta = Math.floor(delta / 35);
  return k + Math.floor((36 * delta) / (delta + 38));
}
