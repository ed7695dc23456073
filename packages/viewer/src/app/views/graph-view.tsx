import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { FlameGraphElement } from "../../element/index.ts";
import { nameOf, pathNames, placeOf } from "../../graph/index.ts";
import { percent } from "../format.ts";
import { Graph } from "../parts/graph.tsx";
import { Problem, Waiting } from "../parts/state.tsx";
import type { Store } from "../store.ts";
import { useCall } from "../use-call.ts";
import { rectOfPath, zoomPath } from "../zoom-path.ts";
import { claimGraph, graphAttributes, graphEvents } from "./graph-wiring.ts";

/** The flame graph: merged stacks from callers to callees, or inverted. */
export function GraphView({ store }: { readonly store: Store }): JSX.Element {
  const { direction, inverted, zoom, selected } = store.view.value;
  const data = store.spec.value;
  const answer = useCall(store, "graph", data === undefined ? undefined : { data, inverted }).value;
  const element = useRef<FlameGraphElement | undefined>(undefined);
  const followed = useRef(0);
  const asked = store.zoomAsked.value;

  const follow = (): void => {
    const graph = element.current?.graph ?? undefined;
    if (graph === undefined || followed.current === store.zoomAsked.peek()) return;
    followed.current = store.zoomAsked.peek();
    const rect = rectOfPath(graph, store.view.peek().zoom);
    if (rect !== element.current!.view.rect) element.current!.zoomTo(rect);
  };
  useEffect(() => {
    if (!answer.pending) follow();
  }, [asked, answer.pending, zoom]);
  useEffect(() => element.current?.highlightName(selected ?? null), [selected, answer.value]);

  return (
    <div class="view">
      <div class="tools">
        <label>
          <input
            type="checkbox"
            checked={inverted}
            onChange={(event) => store.update({ inverted: event.currentTarget.checked, zoom: "" })}
          />{" "}
          Inverted
        </label>
        <label>
          <input
            type="checkbox"
            checked={direction === "flame"}
            onChange={(event) =>
              store.update({ direction: event.currentTarget.checked ? "flame" : "icicle" })
            }
          />{" "}
          Root at the bottom
        </label>
        <button type="button" disabled={zoom === ""} onClick={() => element.current?.reset()}>
          Reset zoom
        </button>
        {(answer.value?.cutBelow ?? 0) > 0 && (
          <span class="muted">
            Callers below {percent(answer.value!.cutBelow)} are not taken apart; zoom with a filter to see
            them.
          </span>
        )}
      </div>
      <Problem error={answer.error} />
      <Waiting pending={answer.pending} empty={answer.value === undefined} />
      <Graph
        graph={answer.value?.graph}
        attributes={graphAttributes(store, direction, "Flame graph")}
        onElement={(created) => claimGraph(store, element, created)}
        onGraph={(shown) => {
          follow();
          store.update({ zoom: zoomPath(shown.graph!, shown.view.rect) }, "replace");
        }}
        on={graphEvents(store, () => element.current, {
          zoomed: (path) => store.update({ zoom: path }),
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
