import { unescapeXml } from "../../codec/xml.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FrameKind } from "../../model/profile.ts";
import { FRAME_KINDS, INLINED } from "./frame-types.ts";

const ITEM =
  /<li><div(?: class="o")?>[^[]*\[([\d,]+)\] &#8226; self: [^[]*\[([\d,]+)\]<\/div> <span class="t(\d)">(.*)<\/span>$/;

/**
 * async-profiler's call tree (`-o tree`): nested lists, an entry with what it holds and what is its own.
 *
 * ```
 * <li><div>52.67% [69] &#8226; self: 0.76% [1]</div> <span class="t6">Zoo.locker</span>
 * <ul>
 * <li>…
 * </ul>
 * ```
 */
export class HtmlTree {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  /** By depth: the stack of the entry that was read last. */
  readonly #open: number[] = [];
  #last = -1;
  #total = 0;
  #listed = 0;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
  }

  /** True where the line is a part of the tree. */
  line(text: string): boolean {
    const total = /<span class="total-count">total (?:samples|counter|bytes|ns): ([\d,]+)<\/span>/.exec(text);
    if (total !== null) {
      this.#total = numberOf(total[1]!);
      return true;
    }
    if (text === "<ul>") {
      this.#open.push(this.#last);
      return true;
    }
    if (text === "</ul>") {
      this.#open.pop();
      return true;
    }
    const item = ITEM.exec(text);
    if (item === null) return false;
    const into = this.#into;
    const kind = Number(item[3]);
    const frame = into.frame({
      name: into.string(unescapeXml(item[4]!) || "[unknown]"),
      kind: FRAME_KINDS[kind] ?? FrameKind.unknown,
      inlined: kind === INLINED,
    });
    this.#last = into.stack(this.#open.at(-1) ?? -1, frame);
    const self = numberOf(item[2]!);
    if (self > 0) into.sampleOf(this.#last, into.valueType("samples", "count"), self);
    this.#listed += self;
    return true;
  }

  /** Says what the page counts but does not show: entries below its smallest width. */
  end(): void {
    const missing = this.#total - this.#listed;
    if (this.#listed > 0 && missing > 0) {
      const text = `the page leaves small entries out: ${missing} of ${this.#total} samples are not in it`;
      this.#notes.add("information", "small-entries", text);
    }
  }
}

function numberOf(text: string): number {
  return Number(text.replaceAll(",", "")) || 0;
}
