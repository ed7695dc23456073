import type { ProfileBuilder } from "../../model/builder.ts";
import type { MassifSnapshots } from "./snapshots.ts";

/** ` 49     11,950,003        9,900,792        9,900,000           792            0`: number, time, total, heap, extra, stacks. */
const ROW = /^ *(\d{1,9}) +[\d,]{1,25} +[\d,]{1,25} +([\d,]{1,25}) +([\d,]{1,25}) +([\d,]{1,25})$/;
/** `| ->10.56% (317,637B) 0x6F675AB: f() (in lib.so)`; the first line has no arrow. */
const NODE = /^([ |]*)(->)?\d{1,3}[.,]\d{2}% \(([\d,]{1,25})B\) (.*)$/;
/** Between the lines of a tree: `| | `. */
const FILLER = /^[ |]*$/;

/** What ms_print makes of massif's file: a graph drawn in letters, a table of snapshots, and trees in between. */
export class MsPrint {
  readonly #into: ProfileBuilder;
  readonly #snapshots: MassifSnapshots;
  #peak = "";
  #number = "";
  #inTree = false;
  /** True below the list of snapshots: before it stands the graph. */
  #inTable = false;

  constructor(into: ProfileBuilder, snapshots: MassifSnapshots) {
    this.#into = into;
    this.#snapshots = snapshots;
  }

  line(text: string, line: number): void {
    const command = /^Command: +(.*)$/.exec(text);
    const peak = /^ Detailed snapshots: \[.*?(\d+) \(peak\)/.exec(text);
    if (command !== null) this.#into.meta.title = command[1]!;
    if (peak !== null) this.#peak = peak[1]!;
    if (text.startsWith("Number of snapshots:")) this.#inTable = true;
    else if (this.#inTable) this.#tableLine(text, line);
  }

  #tableLine(text: string, line: number): void {
    const row = ROW.exec(text);
    const node = row === null ? NODE.exec(text) : null;
    if (row !== null) {
      this.#number = row[1]!;
      this.#inTree = false;
      this.#snapshots.begin();
      this.#snapshots.value("mem_heap_B", grouped(row[2]!));
      this.#snapshots.value("mem_heap_extra_B", grouped(row[3]!));
      this.#snapshots.value("mem_stacks_B", grouped(row[4]!));
    } else if (node !== null) {
      const depth = node[2] === undefined ? 0 : node[1]!.length / 2 + 1;
      if (depth === 0) this.#snapshots.tree(this.#number === this.#peak);
      this.#inTree ||= depth === 0;
      const known =
        this.#inTree && this.#snapshots.node(Math.floor(depth), node[4]!, grouped(node[3]!), line);
      if (!known) this.#snapshots.badLine(line);
    } else if (!FILLER.test(text) && !/^-+$|^ +n +time\(| Detailed snapshots: /.test(text)) {
      this.#snapshots.badLine(line);
    }
  }
}

/** `1,776,070` */
function grouped(text: string): number {
  return Number(text.replaceAll(",", ""));
}
