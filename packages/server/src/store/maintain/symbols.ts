import { randomUUID } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Engine } from "../engine/engine.ts";
import { rowsOf } from "../engine/native.ts";
import { RowBuffer } from "../write/row-buffer.ts";

/** A place in the source. */
export interface SymbolLine {
  readonly name: string;
  readonly file: string;
  /** From 1; 0 where not known. */
  readonly line: number;
  readonly column: number;
}

/** What an address of a binary stands for. */
export interface AddressSymbol {
  /** Offset in the file, as in table `frames`. */
  readonly address: bigint;
  /** The innermost inlined call first, the function itself last. Empty: looked for and not found. */
  readonly lines: readonly SymbolLine[];
}

/** A binary with addresses that nobody has named yet. */
export interface Unresolved {
  readonly buildId: string;
  /** A path that it was mapped from. */
  readonly mapping: string;
  readonly addresses: readonly bigint[];
}

const STRUCTURE =
  "tenant String, build_id String, address UInt64, ver UInt64, " +
  "lines Array(Tuple(name String, file String, line UInt32, column UInt32))";

/** Writes names for addresses of a binary. They count at once for all samples, those pushed long before too. */
export async function writeSymbols(
  engine: Engine,
  scratch: string,
  tenant: string,
  buildId: string,
  symbols: readonly AddressSymbol[],
): Promise<void> {
  if (symbols.length === 0) return;
  const buffer = new RowBuffer();
  const version = BigInt(Date.now());
  for (const { address, lines } of symbols) {
    buffer.text(tenant);
    buffer.text(buildId);
    buffer.u64(address);
    buffer.u64(version);
    buffer.varint(lines.length);
    for (const { name, file, line, column } of lines) {
      buffer.text(name);
      buffer.text(file);
      buffer.u32(line);
      buffer.u32(column);
    }
  }
  const token = randomUUID();
  const path = join(scratch, `symbols-${token}`);
  await writeFile(path, buffer.written);
  const columns = "tenant, build_id, address, ver, lines";
  try {
    await engine.load({ stretches: [{ path, offset: 0, length: buffer.length }], structure: STRUCTURE }, [
      { into: `symbols (${columns})`, select: `SELECT ${columns}`, token },
    ]);
  } finally {
    await rm(path, { force: true });
  }
}

/** Binaries with unnamed frames that no symbols were written for; those with the most addresses first. */
export async function unresolvedFrames(engine: Engine, tenant: string, limit: number): Promise<Unresolved[]> {
  const found = rowsOf(
    await engine.columns(
      `SELECT build_id, any(mapping) AS mapping, groupUniqArray({limit:UInt32})(address) AS addresses FROM frames
       WHERE tenant = {tenant:String} AND name = '' AND build_id != '' AND (build_id, address) GLOBAL NOT IN (
         SELECT build_id, address FROM symbols WHERE tenant = {tenant:String})
       GROUP BY build_id ORDER BY length(addresses) DESC, build_id`,
      { tenant, limit },
    ),
  );
  return found.map((row) => ({
    buildId: row.build_id as string,
    mapping: row.mapping as string,
    addresses: [...(row.addresses as BigUint64Array)],
  }));
}

/** Addresses of a binary that came without names, whether somebody has named them since or not. */
export async function namelessAddresses(
  engine: Engine,
  tenant: string,
  buildId: string,
  limit: number,
): Promise<bigint[]> {
  const [row] = rowsOf(
    await engine.columns(
      `SELECT groupUniqArray({limit:UInt32})(address) AS addresses FROM frames
       WHERE tenant = {tenant:String} AND name = '' AND build_id = {buildId:String}`,
      { tenant, buildId, limit },
    ),
  );
  return [...((row?.addresses ?? []) as BigUint64Array)];
}
