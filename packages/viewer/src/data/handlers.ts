import { FlambeauError, type FlameTree, type Profile, readers } from "@flambeau/core";
import { buildLevelGraph, transferList } from "../graph/index.ts";
import { exportFormats, exportProfile, exportSvg } from "./export.ts";
import { openProfile } from "./open.ts";
import { Pipeline } from "./pipeline.ts";
import { profileInfo, timeSpan } from "./profile-info.ts";
import type { Method, Params, Result } from "./protocol.ts";
import { type CallContext, checkpoint, type Reply } from "./rpc.ts";
import type { DataSpec } from "./spec.ts";
import { chartOf } from "./views/chart.ts";
import { functionView } from "./views/function.ts";
import { graphView, placesOf, sandwichView } from "./views/graph.ts";
import { sourceView } from "./views/source.ts";
import { summaryView } from "./views/summary.ts";
import { tableView } from "./views/table.ts";
import { heatmapView, timelineView } from "./views/time.ts";

/** The worker's side of every call. */
export type Handlers = {
  readonly [M in Method]: (params: Params<M>, context: CallContext) => Promise<Reply<Result<M>>>;
};

/** Handlers over one set of open profiles. */
export function createHandlers(): Handlers {
  const pipeline = new Pipeline();
  let lastId = 0;

  const places = async (spec: DataSpec, tree: FlameTree, signal: AbortSignal) => {
    const profile = await pipeline.samples(spec, signal);
    return placesOf(profile, pipeline.naming(profile), tree.names);
  };

  return {
    async open({ input, from, entry }, { signal, progress }) {
      const profile = await openProfile(input, { signal, onProgress: progress, from, entry });
      const id = ++lastId;
      pipeline.add(id, profile);
      return plain(profileInfo(id, input.name, profile));
    },

    async close({ profile }) {
      pipeline.remove(profile);
      return plain(null);
    },

    async summary({ data }, { signal }) {
      const tree = await pipeline.tree(data, signal);
      return plain(summaryView(await pipeline.samples(data, signal), tree, data));
    },

    async graph({ data, inverted }, { signal }) {
      const { tree, cutBelow } = inverted
        ? await pipeline.inverted(data, signal)
        : { tree: await pipeline.tree(data, signal), cutBelow: 0 };
      await checkpoint(signal);
      return graphView(tree, await places(data, tree, signal), cutBelow);
    },

    async sandwich({ data, name }, { signal }) {
      const tree = await pipeline.tree(data, signal);
      await checkpoint(signal);
      return sandwichView(tree, name, await places(data, tree, signal));
    },

    async table(request, { signal }) {
      const tree = await pipeline.tree(request.data, signal);
      await checkpoint(signal);
      return tableView(tree, request);
    },

    async function({ data, name }, { signal }) {
      const tree = await pipeline.tree(data, signal);
      const profile = await pipeline.samples(data, signal);
      await checkpoint(signal);
      return plain(functionView(profile, tree, pipeline.naming(profile), name));
    },

    async chart(request, { signal }) {
      const profile = await pipeline.samples(single(request.data), signal);
      await checkpoint(signal);
      const { tree, origin, thread } = chartOf(profile, request);
      await checkpoint(signal);
      const placeOf = placesOf(profile, pipeline.naming(profile), tree.names);
      const graph = buildLevelGraph(tree, { placeOf });
      return { value: { graph, origin, thread }, transfer: transferList(graph) };
    },

    async timeline(request, { signal }) {
      const profile = await pipeline.samples(allTimes(request.data), signal);
      return timelineView(profile, request, spanOf(pipeline.profile(request.data.head.profile)));
    },

    async heatmap(request, { signal }) {
      const profile = await pipeline.samples(allTimes(request.data), signal);
      return heatmapView(profile, request, spanOf(pipeline.profile(request.data.head.profile)));
    },

    async source(request, { signal }) {
      const data: DataSpec = { ...single(request.data), groupBy: "function" };
      const profile = await pipeline.samples(data, signal);
      await checkpoint(signal);
      return sourceView(profile, { ...request, data });
    },

    async formats() {
      return plain({ writers: exportFormats(), readers: readers.map(({ id, title }) => ({ id, title })) });
    },

    async export(request, { signal }) {
      const profile = await pipeline.samples(request.data, signal);
      return plain(await exportProfile(profile, request));
    },

    async picture(request, { signal }) {
      const { tree: inverted } = await pipeline.inverted(request.data, signal);
      if (request.inverted) return plain(await exportSvg(inverted, undefined, request));
      return plain(await exportSvg(await pipeline.tree(request.data, signal), inverted, request));
    },
  };
}

function plain<T>(value: T): Reply<T> {
  return { value, transfer: [] };
}

/** The spec without its time range: what selects time shows all of it. */
function allTimes({ base: _, ...spec }: DataSpec): DataSpec {
  const { ranges: __, ...head } = spec.head;
  return { ...spec, head };
}

/** A comparison's head alone, for views of times and lines, which a comparison has not. */
function single({ base: _, ...spec }: DataSpec): DataSpec {
  return spec;
}

function spanOf(profile: Profile): { from: number; to: number } {
  const span = timeSpan(profile.samples.time);
  if (span !== undefined) return span;
  throw new FlambeauError("usage", "The samples of this profile have no time.", {
    hint: "Record with timestamps, or open the profiler's own output instead of folded stacks.",
  });
}
