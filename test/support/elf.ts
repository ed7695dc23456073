/** A symbol of a drawn file. `info` is binding × 16 + type: 0x12 a global function. */
export interface DrawnSymbol {
  readonly name: string;
  readonly address: number;
  readonly size: number;
  readonly info?: number;
  readonly section?: number;
}

/** A small ELF file: one executable segment at 0x400000 (offset 0x1000), a note, a symbol table and its strings. */
export function drawElf(symbols: readonly DrawnSymbol[], { wide = true, little = true } = {}): Uint8Array {
  const bytes = new Uint8Array(8192);
  const view = new DataView(bytes.buffer);
  const u16 = (at: number, value: number) => view.setUint16(at, value, little);
  const u32 = (at: number, value: number) => view.setUint32(at, value, little);
  const word = (at: number, value: number) => {
    if (wide) view.setBigUint64(at, BigInt(value), little);
    else u32(at, value);
  };
  const text = (at: number, value: string) => bytes.set(new TextEncoder().encode(value), at);
  text(0, "\x7fELF");
  bytes[4] = wide ? 2 : 1;
  bytes[5] = little ? 1 : 2;
  const [programs, sections, note, strings, names, table] = [0x100, 0x200, 0x400, 0x500, 0x700, 0x800];
  word(wide ? 32 : 28, programs);
  word(wide ? 40 : 32, sections);
  u16(wide ? 54 : 42, wide ? 56 : 32);
  u16(wide ? 56 : 44, 1);
  u16(wide ? 58 : 46, wide ? 64 : 40);
  u16(wide ? 60 : 48, 5);
  u16(wide ? 62 : 50, 4);
  u32(programs, 1);
  u32(programs + (wide ? 4 : 24), 5);
  word(programs + (wide ? 8 : 4), 0x1000);
  word(programs + (wide ? 16 : 8), 0x400000);
  word(programs + (wide ? 32 : 16), 0x800);
  let nameAt = 1;
  const section = (
    i: number,
    name: string,
    type: number,
    offset: number,
    size: number,
    link = 0,
    entry = 0,
  ) => {
    const at = sections + i * (wide ? 64 : 40);
    text(names + nameAt, name);
    u32(at, nameAt);
    nameAt += name.length + 1;
    u32(at + 4, type);
    word(at + (wide ? 24 : 16), offset);
    word(at + (wide ? 32 : 20), size);
    u32(at + (wide ? 40 : 24), link);
    word(at + (wide ? 56 : 36), entry);
  };
  u32(note, 4);
  u32(note + 4, 3);
  u32(note + 8, 3);
  text(note + 12, "GNU\0");
  bytes.set([0xab, 0x01, 0xff], note + 16);
  let at = 1;
  const width = wide ? 24 : 16;
  symbols.forEach(({ name, address, size, info = 0x12, section: number = 1 }, i) => {
    const entry = table + i * width;
    text(strings + at, name);
    u32(entry, at);
    at += name.length + 1;
    bytes[entry + (wide ? 4 : 12)] = info;
    u16(entry + (wide ? 6 : 14), number);
    word(entry + (wide ? 8 : 4), address);
    word(entry + (wide ? 16 : 8), size);
  });
  section(1, ".note.gnu.build-id", 7, note, 19);
  section(2, ".symtab", 2, table, symbols.length * width, 3, width);
  section(3, ".strtab", 3, strings, 0x200);
  section(4, ".shstrtab", 3, names, 0x100);
  return bytes;
}
