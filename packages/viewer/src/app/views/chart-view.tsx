import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { FlameGraphElement } from "../../element/index.ts";
import { nameOf, pathNames, placeOf } from "../../graph/index.ts";
import { threadTitle } from "../names.ts";
import { Graph } from "../parts/graph.tsx";
import { Problem, Waiting } from "../parts/state.tsx";
import type { Store } from "../store.ts";
import { useCall } from "../use-call.ts";
import { graphAttributes, graphEvents } from "./graph-wiring.ts";

/** The flame chart of one thread: x is time, a drag on the axis selects a part of it for every view. */
export function ChartView({ store }: { readonly store: Store }): JSX.Element {
  const { chartThread, selected, threadRows } = store.view.value;
  const profile = store.profile.value;
  const data = store.spec.value;
  const answer = useCall(
    store,
    "chart",
    data === undefined ? undefined : { data, ...(chartThread === undefined ? {} : { thread: chartThread }) },
  ).value;
  const chart = answer.value;
  const element = useRef<FlameGraphElement | undefined>(undefined);
  useEffect(() => element.current?.highlightName(selected ?? null), [selected, chart]);
  const threads = (profile?.threads ?? [])
    .map((thread, row) => ({ thread, row }))
    .filter(
      ({ row, thread }) => thread.samples > 0 && (threadRows === undefined || threadRows.includes(row)),
    );
  return (
    <div class="view">
      <div class="tools">
        {threads.length > 1 && (
          <label>
            Thread{" "}
            <select
              aria-label="Thread of the chart"
              value={String(chartThread ?? chart?.thread ?? "")}
              onChange={(event) => store.update({ chartThread: Number(event.currentTarget.value) })}
            >
              {threads.map(({ thread, row }) => (
                <option key={row} value={String(row)}>
                  {threadTitle(thread)} ({thread.samples})
                </option>
              ))}
            </select>
          </label>
        )}
        <span class="muted">
          {chart?.origin === undefined
            ? "From left to right in the order of the samples, which have no time."
            : "Drag on the time axis, or anywhere with Shift, to select a time for every view."}
        </span>
      </div>
      <Problem error={answer.error} />
      <Waiting pending={answer.pending} empty={chart === undefined} />
      <Graph
        graph={chart?.graph}
        attributes={graphAttributes(store, "chart", "Flame chart")}
        onElement={(created) => {
          element.current = created;
        }}
        on={graphEvents(store, () => element.current, {
          ranged: (range) => {
            const origin = chart?.origin;
            if (range === null) store.setRange(undefined);
            else if (origin !== undefined) {
              store.setRange([origin + range.from, origin + range.to], store.rangeTarget.value);
            }
          },
          subject: (graph, rect) => ({
            name: nameOf(graph, rect),
            stack: pathNames(graph, rect),
            place: placeOf(graph.names, graph.name[rect]!),
            zoom: () => element.current?.zoomTo(rect),
          }),
        })}
      />
    </div>
  );
}
