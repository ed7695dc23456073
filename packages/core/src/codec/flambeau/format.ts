/**
 * The `flambeau` format: every column of one profile, packed so that gzip finds little left to do but the repeats.
 * Made to be written and read in one pass with small buffers; wrapped in gzip by whoever stores it.
 *
 * ```
 * file    "FLMBEAU1"  block…  end block
 * block   kind (1 byte)  length of the body (4 bytes, little-endian)  body
 *
 * json    {"meta": …, "valueTypes": […]}   or {"threads": […]}, {"mappings": […]}, {"texts": […]}, {"notes": […]}
 * column  id (varint)  rows (varint, at most 65,536)  packed values (see column.ts)
 * bytes   bytes of the string table; the column `stringLength` cuts them
 * end     nothing; a file without it was cut off
 * ```
 *
 * A table's rows are spread over as many blocks as needed, in order. Samples come last, each stretch of 65,536 rows
 * with all its columns, so that a file that is cut off still holds whole samples. A column whose rows all have
 * the default value is left out, except for those that say how many rows a table has. Unknown blocks and columns are
 * skipped with a note, so that later versions can add some.
 */
export const MAGIC = "FLMBEAU1";

/** Kinds of blocks. */
export const BlockKind = { json: 1, column: 2, bytes: 3, end: 255 } as const;

/** Bytes before a block's body. */
export const BLOCK_HEAD = 5;

/** Rows of a column that go into one block at most. */
export const BLOCK_ROWS: number = 1 << 16;

/**
 * Ids of the columns. `parent` holds the distance to the parent's row (0: a root); `mapping`, `stack` and `thread`
 * are one more than in the profile (0: none); an address is cut in two halves of 32 bits; a label's key and unit are
 * rows of the texts.
 */
export const ColumnId = {
  stringLength: 1,
  frameName: 2,
  frameFile: 3,
  frameLine: 4,
  frameColumn: 5,
  frameMapping: 6,
  frameAddressLow: 7,
  frameAddressHigh: 8,
  frameKind: 9,
  frameInlined: 10,
  stackParent: 11,
  stackFrame: 12,
  /** Labels in each set but the first, which is empty. */
  labelSetSize: 13,
  labelKey: 14,
  /** 0: the value is a text; 1: a number without a unit; else 2 + the unit's text. */
  labelForm: 15,
  /** A text, or the number itself. */
  labelValue: 16,
  sampleStack: 17,
  sampleTime: 18,
  sampleThread: 19,
  sampleLabels: 20,
  /** The weights of value type 0; those of the others follow. */
  weights: 32,
} as const;
