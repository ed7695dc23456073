import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { FlameGraphElement, FlameGraphEvents } from "../../element/index.ts";
import type { LevelGraph } from "../../graph/index.ts";

export interface GraphProps {
  readonly graph: LevelGraph | undefined;
  readonly callers?: LevelGraph | undefined;
  /** Attributes of the element; undefined and false: not there. */
  readonly attributes: Readonly<Record<string, string | boolean | undefined>>;
  /** Called with the element when it is put in, and with undefined when it goes. */
  readonly onElement?: (element: FlameGraphElement | undefined) => void;
  /** Called after a new graph was set. */
  readonly onGraph?: (element: FlameGraphElement) => void;
  readonly on?: { readonly [K in keyof FlameGraphEvents]?: (event: FlameGraphEvents[K]) => void };
}

const EVENTS = [
  "flame-graph-select",
  "flame-graph-hover",
  "flame-graph-zoom",
  "flame-graph-search",
  "flame-graph-range",
  "flame-graph-menu",
] as const satisfies readonly (keyof FlameGraphEvents)[];

/** The web component as a part of the page. */
export function Graph(props: GraphProps): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const element = useRef<FlameGraphElement | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const created = document.createElement("flame-graph");
    for (const type of EVENTS) {
      created.addEventListener(type, (event) =>
        (latest.current.on?.[type] as ((event: Event) => void) | undefined)?.(event),
      );
    }
    element.current = created;
    host.current!.append(created);
    latest.current.onElement?.(created);
    return () => {
      latest.current.onElement?.(undefined);
      created.remove();
    };
  }, []);

  useEffect(() => {
    for (const [name, value] of Object.entries(props.attributes)) {
      if (value === undefined || value === false) element.current!.removeAttribute(name);
      else element.current!.setAttribute(name, value === true ? "" : value);
    }
  }, [JSON.stringify(props.attributes)]);

  useEffect(() => {
    const graph = element.current!;
    graph.callers = props.callers ?? null;
    graph.graph = props.graph ?? null;
    if (props.graph !== undefined) latest.current.onGraph?.(graph);
  }, [props.graph, props.callers]);

  return <div class="graph" ref={host} />;
}
