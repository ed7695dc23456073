/** A difference from a peer's picture that is deliberate. */
export interface SvgDifference {
  readonly id: string;
  /** File of the corpus's folder `folded`; undefined: any. */
  readonly file?: string;
  readonly reason: string;
}

/** Differences from flamegraph.pl and inferno-flamegraph in (title, x, width, fill). */
export const svgDifferences: readonly SvgDifference[] = [
  {
    id: "inferno-reversed-fractions",
    file: "jonhoo__inferno__fractional.txt",
    reason: "The expected picture is of reversed stacks, and inferno cuts fractions off; ours are exact.",
  },
  {
    id: "perl-rounded-percentages",
    file: "jonhoo__inferno__fractional.txt",
    reason: "flamegraph.pl takes percentages of rounded counts; ours are of the exact weights.",
  },
  {
    id: "perl-split-siblings",
    file: "generated__here__nytprof.calls.folded.txt",
    reason:
      "flamegraph.pl sorts whole lines and draws a frame twice where another name sorts between; ours is a trie.",
  },
  {
    id: "inferno-differential-colours",
    file: "jonhoo__inferno__perf-cycles-instructions-01-collapsed-all-diff.txt",
    reason: "inferno has its own, paler differential colours; ours are flamegraph.pl's.",
  },
  {
    id: "inferno-java-palette",
    file: "jonhoo__inferno__async-profiler-collapsed-part.txt",
    reason:
      "inferno takes any capital, dot or slash for Java; ours follows flamegraph.pl, with dotted packages added.",
  },
  {
    id: "perl-factor-change",
    file: "jonhoo__inferno__perf-cycles-instructions-01-collapsed-all-diff.txt",
    reason:
      "With --factor, flamegraph.pl divides a change by the factored total without factoring the change itself.",
  },
  {
    id: "perl-java-dots",
    reason:
      "flamegraph.pl's java palette knows packages with slashes only; ours takes dots too (JFR, async-profiler), and async-profiler's _[0] and _[1].",
  },
  {
    id: "perl-chain-divider",
    reason:
      "flamegraph.pl adds a `--` frame to every stack without waker in the chain palette; ours adds none.",
  },
  {
    id: "gathered-children",
    reason:
      "Children too narrow to draw lie in one block at the end of their parent, so that wider siblings move left of where flamegraph.pl leaves gaps; titles, widths and colours are the same.",
  },
];

/** True where this difference is known for a file. */
export function isKnownSvgDifference(id: string, file: string): boolean {
  const known = svgDifferences.find((difference) => difference.id === id);
  if (known === undefined) throw new Error(`${id} is not in the list of differences`);
  return known.file === undefined || known.file === file;
}
