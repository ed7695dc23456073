import { type Assertion, parseRegex, RegexError, type RegexNode } from "./re2-parse.ts";
import type { CharSet } from "./re2-set.ts";

/** A pattern that expands to more steps than this is refused, as RE2 refuses too large ones. */
const MAX_PROGRAM = 20_000;

/** Real patterns, with some hundred functions of an allocator, have a few thousand characters. */
const MAX_PATTERN = 50_000;

/** One step of a program. `fork` goes on at both targets, `set` takes one character. */
type Step =
  | { readonly op: "set"; readonly set: CharSet }
  | { op: "fork"; a: number; b: number }
  | { op: "jump"; to: number }
  | { readonly op: "assert"; readonly what: Assertion }
  | { readonly op: "match" };

/**
 * A regular expression in Go's syntax, matched in time linear in the text (Thompson's simulation, as RE2 does).
 * Patterns come out of untrusted files: the host's backtracking engine could be kept busy for ever by one.
 */
export class LinearRegex {
  readonly #steps: Step[] = [];
  /** Per step: when it was last put on the list, to put it there once for each position. */
  readonly #seen: Int32Array;
  /** Positions looked at so far, in all texts together. */
  #clock = 0;
  /** Steps that matching may still take, in all texts together. */
  #budget: number;

  /** Throws RegexError for what is not RE2 syntax or grows too large. */
  constructor(pattern: string, budget: number = 3e8) {
    if (pattern.length > MAX_PATTERN) throw new RegexError("is too long");
    this.#emit(parseRegex(pattern));
    this.#push({ op: "match" });
    this.#seen = new Int32Array(this.#steps.length);
    this.#budget = budget;
  }

  /** True where some part of the text matches. Throws RegexError once the budget is spent. */
  test(text: string): boolean {
    const codes = Array.from(text, (letter) => letter.codePointAt(0)!);
    let current: number[] = [];
    for (let at = 0; ; at++) {
      this.#clock++;
      const open = [...current, 0];
      const here: number[] = [];
      if (this.#follow(open.reverse(), codes, at, here)) return true;
      if (at === codes.length) return false;
      current = [];
      for (const step of here) {
        const { set } = this.#steps[step] as { set: CharSet };
        if (set.has(codes[at]!)) current.push(step + 1);
      }
    }
  }

  /** Follows forks, jumps and assertions; collects the `set` steps. True where the end is reached. */
  #follow(open: number[], codes: readonly number[], at: number, here: number[]): boolean {
    while (open.length > 0) {
      const index = open.pop()!;
      if (this.#seen[index] === this.#clock) continue;
      this.#seen[index] = this.#clock;
      if (--this.#budget < 0) throw new RegexError("takes too long to match");
      const step = this.#steps[index]!;
      if (step.op === "match") return true;
      if (step.op === "set") here.push(index);
      else if (step.op === "jump") open.push(step.to);
      else if (step.op === "fork") open.push(step.b, step.a);
      else if (holds(step.what, codes, at)) open.push(index + 1);
    }
    return false;
  }

  #emit(node: RegexNode): void {
    if (node.type === "set") this.#push({ op: "set", set: node.set });
    else if (node.type === "assert") this.#push({ op: "assert", what: node.what });
    else if (node.type === "all") for (const item of node.items) this.#emit(item);
    else if (node.type === "any") this.#emitAny(node.items);
    else this.#emitRepeat(node.item, node.min, node.max);
  }

  /** fork(a, next) a jump(end) next: fork(b, next) b jump(end) … end: */
  #emitAny(items: readonly RegexNode[]): void {
    const jumps: { op: "jump"; to: number }[] = [];
    items.forEach((item, i) => {
      if (i === items.length - 1) {
        this.#emit(item);
        return;
      }
      const fork: Step = { op: "fork", a: this.#steps.length + 1, b: 0 };
      this.#push(fork);
      this.#emit(item);
      const jump = { op: "jump" as const, to: 0 };
      this.#push(jump);
      jumps.push(jump);
      fork.b = this.#steps.length;
    });
    for (const jump of jumps) jump.to = this.#steps.length;
  }

  #emitRepeat(item: RegexNode, min: number, max: number): void {
    for (let i = 0; i < min; i++) this.#emit(item);
    if (max < 0) {
      const fork: Step = { op: "fork", a: this.#steps.length + 1, b: 0 };
      const start = this.#steps.length;
      this.#push(fork);
      this.#emit(item);
      this.#push({ op: "jump", to: start });
      fork.b = this.#steps.length;
      return;
    }
    const forks: { b: number }[] = [];
    for (let i = min; i < max; i++) {
      const fork = { op: "fork" as const, a: this.#steps.length + 1, b: 0 };
      this.#push(fork);
      forks.push(fork);
      this.#emit(item);
    }
    for (const fork of forks) fork.b = this.#steps.length;
  }

  #push(step: Step): void {
    if (this.#steps.length >= MAX_PROGRAM) throw new RegexError("is too large");
    this.#steps.push(step);
  }
}

function holds(what: Assertion, codes: readonly number[], at: number): boolean {
  if (what === "textStart") return at === 0;
  if (what === "textEnd") return at === codes.length;
  if (what === "lineStart") return at === 0 || codes[at - 1] === 10;
  if (what === "lineEnd") return at === codes.length || codes[at] === 10;
  return (isWord(codes[at - 1]) !== isWord(codes[at])) === (what === "word");
}

/** ASCII letters, digits and the underscore, as in RE2's `\b`. */
function isWord(code: number | undefined): boolean {
  return code !== undefined && code < 128 && /\w/.test(String.fromCharCode(code));
}
