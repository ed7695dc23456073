const HARDWARE = [
  "cycles",
  "instructions",
  "cache-references",
  "cache-misses",
  "branches",
  "branch-misses",
  "bus-cycles",
  "stalled-cycles-frontend",
  "stalled-cycles-backend",
  "ref-cycles",
];

const SOFTWARE = [
  "cpu-clock",
  "task-clock",
  "page-faults",
  "context-switches",
  "cpu-migrations",
  "minor-faults",
  "major-faults",
  "alignment-faults",
  "emulation-faults",
  "dummy",
  "bpf-output",
  "cgroup-switches",
];

const CACHES = ["L1-dcache", "L1-icache", "LLC", "dTLB", "iTLB", "branch", "node"];
const OPERATIONS = ["load", "store", "prefetch"];

/** perf's name for an event, by `type` and `config` of its attribute: for recordings that do not say it. */
export function eventNameOf(type: number, config: number): string {
  const name = knownName(type, config);
  return name ?? `type ${type} config 0x${config.toString(16)}`;
}

function knownName(type: number, config: number): string | undefined {
  switch (type) {
    case 0:
      return HARDWARE[config];
    case 1:
      return SOFTWARE[config];
    case 2:
      return `tracepoint ${config}`;
    case 3:
      return cacheName(config);
    case 4:
      return `raw 0x${config.toString(16)}`;
    case 5:
      return "mem";
    default:
      return undefined;
  }
}

function cacheName(config: number): string | undefined {
  const cache = CACHES[config & 255];
  const operation = OPERATIONS[(config >> 8) & 255];
  if (cache === undefined || operation === undefined) return undefined;
  const misses = ((config >> 16) & 255) === 1;
  return `${cache}-${operation}${misses ? "-misses" : "s"}`;
}
