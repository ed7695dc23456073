import { type Profile, ProfileBuilder } from "@flambeau/core";
import type { ProfileTypeParts } from "../selectors/profile-type.ts";
import type { WeightedStacks } from "./path-sums.ts";
import type { StackSpace, StoredFrame } from "./stack-space.ts";

/** When and what a merged profile covers. */
export interface MergedFacts {
  readonly type: ProfileTypeParts;
  /** Milliseconds since the Unix epoch. */
  readonly from: number;
  readonly to: number;
}

/** Selected stacks, as paths of frames, as a profile of the core, with files, lines and addresses: what pprof and the viewer are made from. */
export function mergedProfile(
  space: StackSpace,
  parts: readonly WeightedStacks[],
  facts: MergedFacts,
): Profile {
  const builder = new ProfileBuilder("merged");
  builder.meta.format = "flambeau-server";
  builder.meta.timeOrigin = BigInt(facts.from) * 1_000_000n;
  builder.meta.clock = "unix";
  builder.meta.duration = (facts.to - facts.from) * 1e6;
  const { type } = facts;
  const weightType = builder.valueType(type.sampleType, type.sampleUnit);
  if (type.periodType !== "" && type.periodUnit !== "") {
    builder.meta.period = { type: { name: type.periodType, unit: type.periodUnit }, value: 1 };
  }
  const rows = new Map<StoredFrame, number>();
  const rowOf = (frame: StoredFrame): number => {
    let row = rows.get(frame);
    if (row === undefined) {
      row = addFrame(builder, frame);
      rows.set(frame, row);
    }
    return row;
  };
  const stackRows = new Map<number, number>();
  for (const { stacks, values } of parts) {
    for (let i = 0; i < stacks.length; i++) {
      const stack = stacks[i]!;
      let row = stackRows.get(stack);
      if (row === undefined) {
        row = -1;
        for (const frame of space.framesOf(stack)) row = builder.stack(row, rowOf(frame));
        stackRows.set(stack, row);
      }
      builder.sampleOf(row, weightType, values[i]!);
    }
  }
  return builder.finish();
}

function addFrame(builder: ProfileBuilder, frame: StoredFrame): number {
  const mapping =
    frame.mapping === "" && frame.buildId === ""
      ? -1
      : builder.mapping({ path: frame.mapping, buildId: frame.buildId });
  return builder.frame({
    name: builder.string(frame.name),
    file: builder.string(frame.file),
    line: frame.line,
    column: frame.column,
    mapping,
    address: frame.address,
    kind: frame.kind,
    inlined: frame.inlined,
  });
}
