// Raw memory without a garbage collector: everything lives as long as the kernel's instance, which is dropped
// when its tables have been copied out. Tables that grow by doubling give their old block back to a free list.

let top: usize = 0;
/** True once the memory's 4 GiB (or what the host allows) were not enough: the trap that follows is no bug. */
export let exhausted: bool = false;
/** One free list per power of two; a free block's first word points to the next one. */
const freeLists = memory.data(32 * 4);

function giveUp(): void {
  exhausted = true;
  unreachable();
}

/** `size` bytes, aligned to 64, never moved; new memory is zero. */
export function reserve(size: usize): usize {
  if (top == 0) top = (__heap_base + 63) & ~63;
  const block = top;
  top = (block + size + 63) & ~63;
  const pages = i32((top + 65535) >>> 16);
  const have = memory.size();
  if (pages > have && memory.grow(max(pages - have, min(have >> 2, 512))) < 0) {
    if (memory.grow(pages - have) < 0) giveUp();
  }
  return block;
}

function sizeClass(size: usize): i32 {
  return size <= 64 ? 6 : 32 - clz<u32>(u32(size - 1));
}

/** `size` bytes, all zero, from the free list where one fits. */
export function allocate(size: usize): usize {
  const order = sizeClass(size);
  if (order > 31) giveUp();
  const list = freeLists + (order << 2);
  const free = load<u32>(list);
  if (free == 0) return reserve(<usize>1 << order);
  store<u32>(list, load<u32>(free));
  memory.fill(free, 0, <usize>1 << order);
  return free;
}

/** Gives back a block from {@link allocate}. */
export function release(block: usize, size: usize): void {
  const list = freeLists + (sizeClass(size) << 2);
  store<u32>(block, load<u32>(list));
  store<u32>(list, u32(block));
}

/** A zeroed block of `size` bytes that starts with the old block's content; the old one is given back. */
export function regrow(block: usize, used: usize, size: usize): usize {
  const bigger = allocate(size);
  memory.copy(bigger, block, used);
  release(block, used);
  return bigger;
}
