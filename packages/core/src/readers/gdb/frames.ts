import { type NativeFrame, parseHex, parseLineNumber } from "../../codec/native-frames.ts";

/** What stands behind `#3  `: `[0x… in ]name (arguments)[ at file:line| from library]`. */
export function parseGdbFrame(text: string): NativeFrame | undefined {
  const addressed = /^(0x[0-9a-f]{1,16}) in (.*)$/.exec(text);
  const address = addressed === null ? undefined : parseHex(addressed[1]!);
  let rest = addressed?.[2] ?? text;
  if (rest === "") return undefined;
  if (rest.startsWith("<")) {
    const special = /^<[^>]*>$/.exec(rest);
    if (special !== null) return { symbol: rest, address };
  }
  const at = /^(.*\)) at (.+):(\d+)$/.exec(rest);
  const from = at === null ? /^(.*\)) from (.+)$/.exec(rest) : null;
  rest = at?.[1] ?? from?.[1] ?? rest;
  const symbol = functionName(rest);
  return {
    symbol: symbol === "??" ? "" : symbol,
    address,
    module: from?.[2] ?? "",
    ...(at === null ? {} : { file: at[2]!, line: parseLineNumber(at[3]) }),
  };
}

/** The name ends at the first ` (` that is not within brackets: `std::function<void (int)>::operator() (this=…)`. */
function functionName(text: string): string {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]!;
    if (letter === "<" || letter === "(") {
      if (depth === 0 && letter === "(" && at > 0 && text[at - 1] === " ") return text.slice(0, at - 1);
      depth++;
    } else if (letter === ">" || letter === ")") depth = Math.max(0, depth - 1);
  }
  const first = text.indexOf(" (");
  return first > 0 ? text.slice(0, first) : text;
}
