import type { AddressMap } from "./address-map.ts";
import type { Budget } from "./budget.ts";
import { type Bytes, DAMAGED } from "./bytes.ts";
import type { Columns } from "./columns.ts";
import { type FileTable, readLineHeader } from "./line-header.ts";
import type { Lookup, Unit } from "./unit.ts";

/** Rows of the line table: a place in the source that begins at an offset in the file; `line` -1 ends a sequence. */
export type LineRows = Columns<"offset" | "file" | "line" | "column">;

const Standard = {
  copy: 1,
  advanceAddress: 2,
  advanceLine: 3,
  setFile: 4,
  setColumn: 5,
  addConstant: 8,
  fixedAdvance: 9,
} as const;
const Extended = { end: 1, setAddress: 2 } as const;

interface Registers {
  address: number;
  file: number;
  line: number;
  column: number;
  /** Row that the sequence began with. */
  first: number;
}

/**
 * Runs a line number program (DWARF 5, 6.2) and adds its rows; those of code that the linker threw away are left out.
 * @throws DAMAGED, with the rows of what came before kept
 */
export function runLineProgram(
  bytes: Bytes,
  unit: Unit,
  lookup: Lookup,
  folder: string,
  rows: LineRows,
  map: AddressMap,
  budget: Budget,
  fileId: (path: string) => number,
): FileTable {
  const header = readLineHeader(bytes, unit, lookup, folder, budget, fileId);
  const { files, program, end } = header;
  bytes.seek(program, end);
  const state: Registers = fresh(rows.length);
  const emit = (line: number): void => {
    rows.add({ offset: state.address, file: files(state.file), line, column: state.column });
  };
  while (bytes.at < end) {
    if (!budget.take()) throw DAMAGED;
    const code = bytes.u8();
    if (code >= header.opcodeBase) {
      const adjusted = code - header.opcodeBase;
      state.address += header.least * Math.floor(adjusted / header.lineRange);
      state.line += header.lineBase + (adjusted % header.lineRange);
      emit(state.line);
      continue;
    }
    switch (code) {
      case 0: {
        const size = bytes.unsigned();
        const next = bytes.at + size;
        const what = size === 0 ? 0 : bytes.u8();
        if (what === Extended.setAddress) state.address = bytes.address(size - 1);
        else if (what === Extended.end) {
          emit(-1);
          finish(rows, state.first, map);
          Object.assign(state, fresh(rows.length));
        }
        bytes.seek(next, end);
        break;
      }
      case Standard.copy:
        emit(state.line);
        break;
      case Standard.advanceAddress:
        state.address += header.least * bytes.unsigned();
        break;
      case Standard.advanceLine:
        state.line += bytes.signed();
        break;
      case Standard.setFile:
        state.file = bytes.unsigned();
        break;
      case Standard.setColumn:
        state.column = bytes.unsigned();
        break;
      case Standard.addConstant:
        state.address += header.least * Math.floor((255 - header.opcodeBase) / header.lineRange);
        break;
      case Standard.fixedAdvance:
        state.address += bytes.u16();
        break;
      default:
        for (let i = header.operands[code - 1] ?? 0; i > 0; i--) bytes.unsigned();
    }
  }
  // A sequence that does not end is none.
  rows.truncate(state.first);
  return files;
}

function fresh(first: number): Registers {
  return { address: 0, file: 1, line: 1, column: 0, first };
}

/** Addresses become offsets in the file; a sequence that is not code goes. */
function finish(rows: LineRows, first: number, map: AddressMap): void {
  const addresses = rows.column("offset");
  const start = addresses[first]!;
  const offset = map.offset(start);
  if (offset < 0) {
    rows.truncate(first);
    return;
  }
  let before = offset;
  for (let i = first; i < addresses.length; i++) {
    // Addresses of a sequence never fall.
    before = Math.max(before, addresses[i]! - start + offset);
    addresses[i] = before;
  }
}
