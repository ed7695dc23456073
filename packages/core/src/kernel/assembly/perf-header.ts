// The event line of a perf sample, in all the shapes that `perf script -F …` gives it:
//
//   comm pid/tid [cpu] seconds.fraction: period event: trailing
//   comm tid seconds.fraction: event:
//   comm tid event:                       (no time)
//   comm tid                              (neither time nor event)
//
// comm may contain blanks and numbers, may be padded, and may be one character long; so the line is read from
// the time stamp outwards, not from the left.
import { isBlank, isDigit } from "./bytes";

/** Comm and pid/tid: [whoStart, whoEnd). */
export let whoStart: usize = 0;
export let whoEnd: usize = 0;
/** Event name without its colon: [eventStart, eventEnd); empty where there is none. */
export let eventStart: usize = 0;
export let eventEnd: usize = 0;
/** What follows the event, trimmed. */
export let trailStart: usize = 0;
export let trailEnd: usize = 0;
/** 1 where the line gives no period: each sample then counts as one. */
export let period: f64 = 1;
export let hasPeriod: bool = false;
export let hasTime: bool = false;
export let seconds: f64 = 0;
export let nanoseconds: f64 = 0;

function skipBlanks(at: usize, end: usize): usize {
  while (at < end && isBlank(load<u8>(at))) at++;
  return at;
}

function skipWord(at: usize, end: usize): usize {
  while (at < end && !isBlank(load<u8>(at))) at++;
  return at;
}

/** True for digits only. */
function isNumber(at: usize, end: usize): bool {
  if (at >= end) return false;
  for (; at < end; at++) if (!isDigit(load<u8>(at))) return false;
  return true;
}

/** True for `123` and `123/456` (perf writes -1 for a thread that is gone). */
function isTask(at: usize, end: usize): bool {
  if (at >= end) return false;
  let slashes = 0;
  let digits = 0;
  for (; at < end; at++) {
    const c = load<u8>(at);
    if (c == 47) {
      if (digits == 0 || ++slashes > 1) return false;
      digits = 0;
    } else if (isDigit(c)) digits++;
    else if (c != 45 || digits != 0) return false;
  }
  return digits > 0;
}

/** True for `[003]`. */
function isProcessor(at: usize, end: usize): bool {
  return end - at >= 3 && load<u8>(at) == 91 && load<u8>(end - 1) == 93 && isNumber(at + 1, end - 1);
}

/** Reads `123.456789:`; true where the word is that. */
function readTime(at: usize, end: usize): bool {
  if (end - at < 6 || load<u8>(end - 1) != 58) return false;
  let whole: f64 = 0;
  let digits = 0;
  for (; at < end && isDigit(load<u8>(at)); at++, digits++) whole = whole * 10 + f64(load<u8>(at) - 48);
  if (digits == 0 || at >= end || load<u8>(at) != 46) return false;
  at++;
  let fraction: f64 = 0;
  digits = 0;
  for (; at < end && isDigit(load<u8>(at)); at++, digits++) if (digits < 9) fraction = fraction * 10 + f64(load<u8>(at) - 48);
  if (digits < 3 || at != end - 1) return false;
  for (; digits < 9; digits++) fraction *= 10;
  seconds = whole;
  nanoseconds = fraction;
  return true;
}

function readNumber(at: usize, end: usize): f64 {
  let value: f64 = 0;
  for (; at < end; at++) value = value * 10 + f64(load<u8>(at) - 48);
  return value;
}

/** Reads the line [start, end) into this module's variables; false where it is no event line. */
export function readHeader(start: usize, end: usize): bool {
  while (end > start && isBlank(load<u8>(end - 1))) end--;
  whoStart = skipBlanks(start, end);
  if (whoStart >= end) return false;
  period = 1;
  hasPeriod = false;
  hasTime = false;
  return readTimed(end) || readUntimed(end);
}

/** A line with a time stamp: the first one that follows a task or processor word, else the first at all. */
function readTimed(end: usize): bool {
  let best: usize = 0;
  let bestWho: usize = 0;
  let lastEnd = whoStart; // end of the last word that is not a processor number
  let afterTask = false;
  for (let word = whoStart; word < end; ) {
    const wordEnd = skipWord(word, end);
    if (load<u8>(wordEnd - 1) == 58 && readTime(word, wordEnd)) {
      if (afterTask || best == 0) {
        best = word;
        bestWho = lastEnd;
      }
      if (afterTask) break;
    }
    if (isProcessor(word, wordEnd)) {
      // perf puts the processor between task and time: what went before decides.
    } else {
      afterTask = isTask(word, wordEnd);
      lastEnd = wordEnd;
    }
    word = skipBlanks(wordEnd, end);
  }
  if (best == 0) return false;
  const bestEnd = skipWord(best, end);
  readTime(best, bestEnd);
  hasTime = true;
  whoEnd = bestWho;
  readPeriodAndEvent(skipBlanks(bestEnd, end), end);
  return true;
}

function readPeriodAndEvent(at: usize, end: usize): void {
  let wordEnd = skipWord(at, end);
  if (isNumber(at, wordEnd)) {
    period = readNumber(at, wordEnd);
    hasPeriod = true;
    at = skipBlanks(wordEnd, end);
    wordEnd = skipWord(at, end);
  }
  if (at < wordEnd && load<u8>(wordEnd - 1) == 58) {
    eventStart = at;
    eventEnd = wordEnd - 1;
    trailStart = skipBlanks(wordEnd, end);
  } else {
    eventStart = at;
    eventEnd = at;
    trailStart = at;
  }
  trailEnd = end;
}

/** A line without time: `comm tid event:` or `comm tid period event:` or `comm tid`. */
function readUntimed(end: usize): bool {
  let lastTaskEnd: usize = 0; // end of the last task word that has a word before it
  let wordBefore = false;
  let last: usize = 0;
  let beforeLastNumber: usize = 0;
  let tasks = 0;
  for (let word = whoStart; word < end; ) {
    const wordEnd = skipWord(word, end);
    last = word;
    if (wordBefore && isTask(word, wordEnd)) {
      // `comm tid period event:`: the second number in a row is the period.
      if (tasks > 0 && isNumber(word, wordEnd)) beforeLastNumber = word;
      else lastTaskEnd = wordEnd;
      tasks++;
    } else if (!isProcessor(word, wordEnd) && wordEnd != end) {
      tasks = 0;
      beforeLastNumber = 0;
    }
    wordBefore = true;
    word = skipBlanks(wordEnd, end);
  }
  if (lastTaskEnd == 0) return false;
  trailStart = end;
  trailEnd = end;
  if (load<u8>(end - 1) == 58) {
    eventStart = last;
    eventEnd = end - 1;
    if (beforeLastNumber != 0) {
      period = readNumber(beforeLastNumber, skipWord(beforeLastNumber, end));
      hasPeriod = true;
    }
    whoEnd = lastTaskEnd;
    return true;
  }
  eventStart = end;
  eventEnd = end;
  whoEnd = lastTaskEnd;
  return lastTaskEnd == end;
}
