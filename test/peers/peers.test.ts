import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { flambeau } from "../cli/run.ts";
import { peerDifferences } from "../corpus/differences/peers.ts";
import { recordAgreement } from "../support/agreement.ts";

import { haveCorpus } from "../support/corpus.ts";
import { compareLines, describeDifference } from "./compare.ts";
import {
  type Expectation,
  flameGraphCheckout,
  flameGraphPerf,
  infernoDiff,
  infernoPerf,
} from "./expectations.ts";

describe("compareLines", () => {
  it("ignores order and finds what is missing, extra and repeated", () => {
    expect(compareLines("b 2\na 1\n", "a 1\nb 2")).toEqual({ missing: [], extra: [] });
    expect(compareLines("a 1\na 1\nb 2", "a 1\nc 3")).toEqual({ missing: ["a 1", "b 2"], extra: ["c 3"] });
    expect(describeDifference({ missing: ["a"], extra: [] })).toBe("1 lines missing, 0 extra\n- a");
  });
});

/** One test per expectation, and a count of the agreement for the end of the run. */
function holdAgainst(area: string, expectations: readonly Expectation[]): void {
  const count = { agree: 0, deliberate: 0 };
  describe.skipIf(expectations.length === 0)(area, { concurrent: true }, () => {
    it.each(expectations.map((one) => [one.id, one] as const))("%s", async (id, { args, expected }) => {
      const { stdout, stderr, code } = await flambeau(args);
      const difference = compareLines(readFileSync(expected, "utf8"), stdout);
      const size = { missing: difference.missing.length, extra: difference.extra.length };
      const known = peerDifferences.find((one) => one.id === id);
      const { missing = 0, extra = 0 } = known ?? {};
      expect(size, `${stderr}exit code ${code}: ${describeDifference(difference)}`).toEqual({
        missing,
        extra,
      });
      if (known === undefined) count.agree++;
      else count.deliberate++;
    });
    afterAll(() => recordAgreement({ area, total: expectations.length, ...count }));
  });
}

holdAgainst("FlameGraph, stackcollapse-perf.pl", haveCorpus ? flameGraphPerf() : []);
holdAgainst("FlameGraph, its own checkout", flameGraphCheckout());
holdAgainst("inferno, inferno-collapse-perf", haveCorpus ? infernoPerf() : []);
holdAgainst("inferno, inferno-diff-folded", haveCorpus ? infernoDiff() : []);
