import type { Difference } from "./difference.ts";

const LAST =
  "The input does not end with a blank line; stackcollapse-perf.pl then loses the last sample, we keep it.";
const STALE =
  "The expectation is older than its script: it keeps the leading L of Java names, which the script takes off.";
const RUST =
  "We demangle Rust's legacy names (emulator::main); the script leaves _$LT$…$GT$ and the hash as they are.";
const QUOTES = "The script takes quotation marks out of names; we keep the names as they are.";
const VDSO =
  "The script takes every module in brackets for the kernel; [vdso] is the kernel's code run in user mode.";
const NAMELESS = "A frame without any name gets its module's, [libc-2.15.so]; the script writes a blank.";
const MODIFIERS =
  "inferno adds cycles and cycles:u up; to us they are two value types, and --event chooses among them.";
const BPF = "bpf_prog_… modules are kernel code, so their functions are marked with --kernel.";

type Sizes = Readonly<Record<string, readonly [missing: number, extra: number]>>;

/** Differences of one FlameGraph input, an option each. */
function flameGraph(input: string, reason: string, sizes: Sizes): Difference[] {
  return Object.entries(sizes).map(([option, [missing, extra]]) => ({
    id: `FlameGraph/${input}-collapsed-${option}.txt`,
    missing,
    extra,
    reason,
  }));
}

const every = (missing: number, extra: number): Sizes =>
  Object.fromEntries(
    ["pid", "tid", "kernel", "jit", "all", "addrs"].map((option) => [option, [missing, extra]]),
  );

/** Where `fold` and `difffolded` differ on purpose from the expectations of FlameGraph and inferno. */
export const peerDifferences: readonly Difference[] = [
  ...flameGraph("perf-dd-stacks-01", LAST, every(0, 1)),
  ...flameGraph("perf-iperf-stacks-pidtid-01", LAST, {
    pid: [0, 1],
    tid: [0, 1],
    jit: [0, 1],
    addrs: [0, 1],
  }),
  ...flameGraph("perf-iperf-stacks-pidtid-01", `${LAST} ${VDSO}`, { kernel: [1, 2], all: [1, 2] }),
  ...flameGraph("perf-java-faults-01", STALE, { pid: [3, 3], tid: [3, 3] }),
  ...flameGraph("perf-java-stacks-01", LAST, { kernel: [0, 1], jit: [0, 1], all: [0, 1], addrs: [0, 1] }),
  ...flameGraph("perf-java-stacks-01", `${LAST} ${STALE}`, { pid: [26, 27], tid: [26, 27] }),
  ...flameGraph("perf-java-stacks-02", STALE, { pid: [1, 1], tid: [1, 1] }),
  ...flameGraph("perf-js-stacks-01", QUOTES, every(1, 1)),
  ...flameGraph("perf-mirageos-stacks-01", LAST, every(1, 1)),
  ...flameGraph("perf-numa-stacks-01", LAST, every(1, 1)),
  ...flameGraph("perf-rust-Yamakaky-dcpu", RUST, every(31, 31)),
  ...flameGraph("perf-vertx-stacks-01", `${LAST} ${NAMELESS}`, { kernel: [1, 2], jit: [1, 2], all: [1, 2] }),
  ...flameGraph("perf-vertx-stacks-01", `${LAST} ${NAMELESS}`, { addrs: [1, 3] }),
  ...flameGraph("perf-vertx-stacks-01", `${LAST} ${NAMELESS} ${STALE}`, { pid: [190, 191], tid: [190, 191] }),
  { id: "inferno/single-line-stacks.txt", missing: 1, extra: 0, reason: MODIFIERS },
  { id: "inferno/versioned-vmlinux.txt", missing: 1, extra: 1, reason: BPF },
];
