import type { ProfileBuilder } from "../../model/builder.ts";
import { lineOf } from "./lines.ts";

interface Code {
  readonly name: string;
  readonly file: string;
  readonly firstLine: number;
  readonly table: Uint8Array;
}

/** Frames as the file numbers them, as rows of the builder. */
export class Frames {
  readonly #into: ProfileBuilder;
  readonly #python: number;
  readonly #codes = new Map<number, Code>();
  readonly #rows = new Map<string, number>();
  /** By number: frames of files before version 12, and of sums. */
  readonly #numbered = new Map<number, number>();

  constructor(into: ProfileBuilder, python: number) {
    this.#into = into;
    this.#python = python;
  }

  addCode(id: number, name: string, file: string, firstLine: number, table: Uint8Array): void {
    this.#codes.set(id, { name, file, firstLine, table });
  }

  /** An instruction of a code object. */
  ofCode(id: number, instruction: number): number {
    const key = `${id}/${instruction}`;
    let row = this.#rows.get(key);
    if (row === undefined) {
      const code = this.#codes.get(id);
      row =
        code === undefined
          ? this.#into.frameNamed("[unknown]")
          : this.frame(code.name, code.file, lineOf(this.#python, code.table, instruction, code.firstLine));
      this.#rows.set(key, row);
    }
    return row;
  }

  frame(name: string, file: string, line: number): number {
    const into = this.#into;
    return into.frame({
      name: into.string(name === "" ? "[unknown]" : name),
      file: into.string(file),
      line: line > 0 && line < 2 ** 31 ? line : 0,
    });
  }

  number(id: number, row: number): void {
    this.#numbered.set(id, row);
  }

  numbered(id: number): number {
    return this.#numbered.get(id) ?? this.#into.frameNamed("[unknown]");
  }
}
