import type { Label } from "../../model/profile.ts";

/** `key:[value other] bytes:[100 kilobytes]`; undefined where the text is none of it. */
export function parseLabels(text: string): Label[] | undefined {
  const labels: Label[] = [];
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf(":[", at);
    const close = open < 0 ? -1 : text.indexOf("]", open);
    if (open <= at || close < 0) return undefined;
    addValues(labels, text.slice(at, open), text.slice(open + 2, close));
    at = close + 1;
    while (text[at] === " ") at++;
  }
  return labels.length > 0 ? labels : undefined;
}

function addValues(labels: Label[], key: string, text: string): void {
  const number = /^(-?\d{1,15})(?: ([a-z]+))?$/.exec(text);
  if (number === null) labels.push({ key, value: text });
  else
    labels.push({ key, value: Number(number[1]), ...(number[2] === undefined ? {} : { unit: number[2] }) });
}
