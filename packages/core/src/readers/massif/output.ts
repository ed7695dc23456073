import type { ProfileBuilder } from "../../model/builder.ts";
import type { MassifSnapshots } from "./snapshots.ts";

/** Massif's own file: a line a value, and a line a node, indented by its depth. */
export class MassifOutput {
  readonly #into: ProfileBuilder;
  readonly #snapshots: MassifSnapshots;
  #inTree = false;

  constructor(into: ProfileBuilder, snapshots: MassifSnapshots) {
    this.#into = into;
    this.#snapshots = snapshots;
  }

  line(text: string, line: number): void {
    const node = /^( *)n(\d+): (\d{1,18}) (.*)$/.exec(text);
    if (node !== null && this.#inTree) {
      this.#snapshots.node(node[1]!.length, node[4]!, Number(node[3]), line);
      return;
    }
    const field = /^([\w]+)[=:] ?(.*)$/.exec(text);
    if (field !== null) this.#field(field[1]!, field[2]!);
    else if (!text.startsWith("#") && text.trim() !== "") this.#snapshots.badLine(line);
  }

  #field(key: string, value: string): void {
    if (key === "cmd") this.#into.meta.title = value;
    else if (key === "snapshot") {
      this.#snapshots.begin();
      this.#inTree = false;
    } else if (/^mem_\w+_B$/.test(key) && /^\d{1,18}$/.test(value)) this.#snapshots.value(key, Number(value));
    else if (key === "heap_tree" && value !== "empty") {
      this.#snapshots.tree(value === "peak");
      this.#inTree = true;
    }
  }
}
