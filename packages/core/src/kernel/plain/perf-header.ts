/** What an event line says; see assembly/perf-header.ts for the shapes it comes in. */
export interface PerfHeader {
  /** Comm and task. */
  readonly who: string;
  /** Empty where the line names none. */
  readonly event: string;
  /** Undefined where the line states none: the sample then counts as one. */
  readonly period: number | undefined;
  readonly time: { readonly seconds: number; readonly nanoseconds: number } | undefined;
  /** What follows the event. */
  readonly trail: string;
}

interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const TASK = /^-?\d+(?:\/-?\d+)?$/;
const PROCESSOR = /^\[\d+\]$/;
const TIME = /^(\d+)\.(\d{3,}):$/;

/** Reads one line (one character per byte); undefined where it is no event line. */
export function readHeader(line: string): PerfHeader | undefined {
  const words = [...line.matchAll(/[^\0-\x20]+/g)].map(
    (match): Word => ({ text: match[0], start: match.index, end: match.index + match[0].length }),
  );
  if (words.length === 0) return undefined;
  return timed(line, words) ?? untimed(line, words);
}

function timed(line: string, words: readonly Word[]): PerfHeader | undefined {
  let best = -1;
  let whoEnd = words[0]!.start;
  let lastEnd = words[0]!.start;
  let afterTask = false;
  for (const [i, word] of words.entries()) {
    if (TIME.test(word.text)) {
      if (afterTask || best < 0) {
        best = i;
        whoEnd = lastEnd;
      }
      if (afterTask) break;
    }
    if (!PROCESSOR.test(word.text)) {
      afterTask = TASK.test(word.text);
      lastEnd = word.end;
    }
  }
  if (best < 0) return undefined;
  const [, whole, fraction] = TIME.exec(words[best]!.text)!;
  const time = { seconds: Number(whole), nanoseconds: Number(fraction!.slice(0, 9).padEnd(9, "0")) };
  let next = best + 1;
  let period: number | undefined;
  if (/^\d+$/.test(words[next]?.text ?? "")) period = Number(words[next++]!.text);
  const who = line.slice(words[0]!.start, whoEnd);
  const event = words[next]?.text ?? "";
  if (!event.endsWith(":"))
    return { who, event: "", period, time, trail: line.slice(words[next]?.start ?? line.length).trimEnd() };
  const trail = words[next + 1];
  return {
    who,
    event: event.slice(0, -1),
    period,
    time,
    trail: trail === undefined ? "" : line.slice(trail.start, words.at(-1)!.end),
  };
}

function untimed(line: string, words: readonly Word[]): PerfHeader | undefined {
  let taskEnd = 0;
  let periodWord: Word | undefined;
  let tasks = 0;
  for (const [i, word] of words.entries()) {
    if (i > 0 && TASK.test(word.text)) {
      if (tasks > 0 && /^\d+$/.test(word.text)) periodWord = word;
      else taskEnd = word.end;
      tasks++;
    } else if (!PROCESSOR.test(word.text) && i < words.length - 1) {
      tasks = 0;
      periodWord = undefined;
    }
  }
  if (taskEnd === 0) return undefined;
  const who = line.slice(words[0]!.start, taskEnd);
  const last = words.at(-1)!;
  if (last.text.endsWith(":")) {
    const period = periodWord === undefined ? undefined : Number(periodWord.text);
    return { who, event: last.text.slice(0, -1), period, time: undefined, trail: "" };
  }
  return taskEnd === last.end ? { who, event: "", period: undefined, time: undefined, trail: "" } : undefined;
}
