import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { FlameGraphElement } from "../../element/index.ts";
import { nameOf, placeOf } from "../../graph/index.ts";
import { Graph } from "../parts/graph.tsx";
import { Problem, Waiting } from "../parts/state.tsx";
import type { Store } from "../store.ts";
import { useCall } from "../use-call.ts";
import { claimGraph, graphAttributes, graphEvents } from "./graph-wiring.ts";

/** Every call of the selected function: what led to it above, what it led to below. */
export function SandwichView({ store }: { readonly store: Store }): JSX.Element {
  const { selected } = store.view.value;
  const data = store.spec.value;
  const answer = useCall(
    store,
    "sandwich",
    data === undefined || selected === undefined ? undefined : { data, name: selected },
  ).value;
  const element = useRef<FlameGraphElement | undefined>(undefined);
  if (selected === undefined) {
    return (
      <div class="view">
        <p class="empty">
          Select a function in the table or in the flame graph: its callers are drawn here above it, and what
          it calls below.
        </p>
      </div>
    );
  }
  return (
    <div class="view">
      <div class="tools">
        <span>
          Callers and callees of <strong class="code">{selected}</strong>
        </span>
      </div>
      <Problem error={answer.error} />
      <Waiting pending={answer.pending} empty={answer.value === undefined} />
      {!answer.pending && answer.error === undefined && answer.value === undefined && (
        <p class="empty">No sample of this selection has it.</p>
      )}
      <Graph
        graph={answer.value?.callees}
        callers={answer.value?.callers}
        attributes={{
          ...graphAttributes(store, "sandwich", `Callers and callees of ${selected}`),
          minimap: false,
        }}
        onElement={(created) => claimGraph(store, element, created)}
        on={graphEvents(store, () => element.current, {
          subject: (graph, rect) => ({
            name: nameOf(graph, rect),
            stack: [],
            place: placeOf(graph.names, graph.name[rect]!),
          }),
        })}
      />
    </div>
  );
}
