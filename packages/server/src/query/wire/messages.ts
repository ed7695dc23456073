import { create, fromBinary } from "@bufbuild/protobuf";
import { MemorySink, type Profile, pprofWriter } from "@flambeau/core";
import { type Profile as PprofMessage, ProfileSchema } from "../../gen/google/v1/profile_pb.ts";
import {
  type FlameGraph,
  type FlameGraphDiff,
  FlameGraphDiffSchema,
  FlameGraphSchema,
} from "../../gen/querier/v1/querier_pb.ts";
import {
  type LabelPair,
  LabelPairSchema,
  type ProfileType,
  ProfileTypeSchema,
} from "../../gen/types/v1/types_pb.ts";
import type { Label } from "../../store/store.ts";
import type { ProfileTypeParts } from "../selectors/profile-type.ts";
import type { Flamebearer } from "../trees/flamebearer.ts";
import type { FlamebearerDiff } from "../trees/flamebearer-diff.ts";

export function profileTypeMessage(type: ProfileTypeParts): ProfileType {
  return create(ProfileTypeSchema, {
    ID: type.id,
    name: type.name,
    sampleType: type.sampleType,
    sampleUnit: type.sampleUnit,
    periodType: type.periodType,
    periodUnit: type.periodUnit,
  });
}

export function labelMessages(labels: readonly Label[]): LabelPair[] {
  return labels.map(({ name, value }) => create(LabelPairSchema, { name, value }));
}

const levelMessages = (levels: readonly number[][]) => levels.map((level) => ({ values: level.map(whole) }));

export function flameGraphMessage(picture: Flamebearer): FlameGraph {
  return create(FlameGraphSchema, {
    names: picture.names,
    levels: levelMessages(picture.levels),
    total: whole(picture.total),
    maxSelf: whole(picture.maxSelf),
  });
}

export function flameGraphDiffMessage(picture: FlamebearerDiff): FlameGraphDiff {
  return create(FlameGraphDiffSchema, {
    names: picture.names,
    levels: levelMessages(picture.levels),
    total: whole(picture.leftTotal + picture.rightTotal),
    maxSelf: whole(picture.maxSelf),
    leftTicks: whole(picture.leftTotal),
    rightTicks: whole(picture.rightTotal),
  });
}

/** A profile as pprof's message. */
export async function pprofMessage(profile: Profile): Promise<PprofMessage> {
  const sink = new MemorySink();
  await pprofWriter.write(profile, sink, {});
  return fromBinary(ProfileSchema, sink.bytes());
}

/** A weight as the protocol's whole number. */
export function whole(value: number): bigint {
  return BigInt(Math.round(value));
}
