import type { Budget } from "./budget.ts";
import { type Bytes, DAMAGED, textAt } from "./bytes.ts";
import { Form } from "./constants.ts";
import { type Lookup, readValue, type Unit, type Value } from "./unit.ts";

/** A number for the path of a file of the table: the same number for the same path. */
export type FileTable = (index: number) => number;

export interface LineHeader {
  readonly files: FileTable;
  readonly program: number;
  readonly end: number;
  /** Bytes of the shortest instruction. */
  readonly least: number;
  readonly lineBase: number;
  readonly lineRange: number;
  readonly opcodeBase: number;
  readonly operands: readonly number[];
}

interface FileName {
  readonly name: string;
  readonly folder: number;
}

/** Files and folders of one program: more than any compiler writes. */
const MOST_NAMES = 1_000_000;
const PATH = 1;
const FOLDER_INDEX = 2;

/** Reads the header at the cursor (DWARF 5, 6.2.4). @throws DAMAGED */
export function readLineHeader(
  bytes: Bytes,
  unit: Unit,
  lookup: Lookup,
  unitFolder: string,
  budget: Budget,
  fileId: (path: string) => number,
): LineHeader {
  let length = bytes.u32();
  let offsetSize = 4;
  if (length === 0xffffffff) {
    length = bytes.u64();
    offsetSize = 8;
  }
  const end = bytes.at + length;
  bytes.seek(bytes.at, end);
  const version = bytes.u16();
  if (version < 2 || version > 5) throw DAMAGED;
  if (version === 5) bytes.skip(2);
  const headerLength = bytes.sized(offsetSize);
  const program = bytes.at + headerLength;
  const least = bytes.u8();
  if (version >= 4) bytes.skip(1);
  bytes.skip(1);
  const lineBase = (bytes.u8() << 24) >> 24;
  const lineRange = bytes.u8();
  const opcodeBase = bytes.u8();
  if (lineRange === 0 || opcodeBase === 0) throw DAMAGED;
  const operands = Array.from({ length: opcodeBase - 1 }, () => bytes.u8());
  const own = { ...unit, offsetSize, version };
  const [folders, names] = version === 5 ? namesOf5(bytes, own, lookup, budget) : namesOf4(bytes, budget);
  const first = version === 5 ? 0 : 1;
  const ids = new Map<number, number>();
  const files = (index: number): number => {
    const known = ids.get(index);
    if (known !== undefined) return known;
    const file = names[index - first];
    const id = fileId(file === undefined ? "" : pathOf(file, folders, unitFolder, version));
    ids.set(index, id);
    return id;
  };
  return { files, program, end, least, lineBase, lineRange, opcodeBase, operands };
}

/** Before DWARF 5 folder 0 is that of the unit, and not in the table. */
function pathOf(
  { name, folder }: FileName,
  folders: readonly string[],
  unitFolder: string,
  version: number,
): string {
  const found = version === 5 ? (folders[folder] ?? "") : folder === 0 ? "" : (folders[folder - 1] ?? "");
  return joined(version === 5 ? (folders[0] ?? unitFolder) : unitFolder, joined(found, name));
}

function joined(folder: string, name: string): string {
  if (folder === "" || name.startsWith("/") || /^[A-Za-z]:[\\/]/.test(name)) return name;
  return name === "" ? folder : `${folder.replace(/\/$/, "")}/${name}`;
}

function namesOf4(bytes: Bytes, budget: Budget): [folders: string[], names: FileName[]] {
  const folders: string[] = [];
  for (;;) {
    const name = textAt(bytes.data, bytes.text());
    if (name === "") break;
    folders.push(name);
    if (folders.length > MOST_NAMES || !budget.take(1 + (name.length >> 2))) throw DAMAGED;
  }
  const names: FileName[] = [];
  for (;;) {
    const name = textAt(bytes.data, bytes.text());
    if (name === "") break;
    const folder = bytes.unsigned();
    bytes.unsigned();
    bytes.unsigned();
    names.push({ name, folder });
    if (names.length > MOST_NAMES || !budget.take(1 + (name.length >> 2))) throw DAMAGED;
  }
  return [folders, names];
}

function namesOf5(
  bytes: Bytes,
  unit: Unit,
  lookup: Lookup,
  budget: Budget,
): [folders: string[], names: FileName[]] {
  const folders = entries(bytes, unit, lookup, budget).map(({ name }) => name);
  return [folders, entries(bytes, unit, lookup, budget)];
}

/** A table that says itself how its rows are laid out. */
function entries(bytes: Bytes, unit: Unit, lookup: Lookup, budget: Budget): FileName[] {
  const layout = Array.from({ length: bytes.u8() }, () => [bytes.unsigned(), bytes.unsigned()] as const);
  const count = bytes.unsigned();
  if (count > MOST_NAMES || (layout.length === 0 && count > 0)) throw DAMAGED;
  const found: FileName[] = [];
  const value: Value = { form: 0, number: 0 };
  for (let i = 0; i < count; i++) {
    let name = "";
    let folder = 0;
    for (const [what, form] of layout) {
      readValue(bytes, unit, form, 0, value);
      if (what === PATH) {
        name = form === Form.string ? textAt(bytes.data, value.number) : lookup.text(unit, value);
      } else if (what === FOLDER_INDEX) folder = value.number;
    }
    found.push({ name, folder });
    if (!budget.take(layout.length + (name.length >> 2))) throw DAMAGED;
  }
  return found;
}
