// What could not be used: a count per code, and the first places of each. JavaScript turns them into notes.
export const FAULT_CODES: u32 = 16;
export const FAULT_PLACES: u32 = 5;
/** Per code: count (f64), then FAULT_PLACES byte offsets (f64) and as many line numbers (f64). */
const STRIDE: u32 = 88;
const table = memory.data(16 * 88);

export function fault(code: u32, offset: f64, line: f64): void {
  const row = table + code * STRIDE;
  const count = load<f64>(row);
  if (count < <f64>FAULT_PLACES) {
    store<f64>(row + (<usize>count << 3), offset, 8);
    store<f64>(row + (<usize>count << 3), line, 48);
  }
  store<f64>(row, count + 1);
}

export function faultTable(): usize {
  return table;
}
