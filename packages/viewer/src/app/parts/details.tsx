import type { JSX } from "preact";
import type { FunctionResult, Neighbour } from "../../data/views/function.ts";
import { percentOf, relativeChange, signed, weight } from "../format.ts";
import { frameActions } from "../frame-actions.ts";
import { sourceLink } from "../settings.ts";
import type { Store } from "../store.ts";
import { useCall } from "../use-call.ts";
import { Bar } from "./rows.tsx";
import { Problem } from "./state.tsx";

/** What is known of the selected function: weights, place, callers and callees. */
export function Details({ store }: { readonly store: Store }): JSX.Element {
  const { selected } = store.view.value;
  const data = store.spec.value;
  const answer = useCall(
    store,
    "function",
    data === undefined || selected === undefined ? undefined : { data, name: selected },
  ).value;
  const found = answer.value;
  return (
    <aside class="details" aria-label="Selected function">
      {selected === undefined && (
        <p class="muted">Select a function in any view: its callers and callees are listed here.</p>
      )}
      <Problem error={answer.error} />
      {selected !== undefined && !answer.pending && found === undefined && answer.error === undefined && (
        <p class="muted">
          <strong class="code">{selected}</strong> is not among the samples that are shown.
        </p>
      )}
      {found !== undefined && <About store={store} found={found} />}
    </aside>
  );
}

function About({ store, found }: { readonly store: Store; readonly found: FunctionResult }): JSX.Element {
  const { name, unit, all, sides } = found;
  const [place] = found.places;
  const placeText = place === undefined ? "" : place.line > 0 ? `${place.file}:${place.line}` : place.file;
  const actions = frameActions(store, { name, stack: [], place: placeText }, found.library);
  return (
    <>
      <h2 class="code">{name}</h2>
      <dl class="facts">
        <dt>Self</dt>
        <dd>
          {weight(found.self, unit)} ({percentOf(found.self, all)})
        </dd>
        <dt>Total</dt>
        <dd>
          {weight(found.total, unit)} ({percentOf(found.total, all)})
        </dd>
        {sides !== undefined &&
          (["self", "total"] as const).map((by) => {
            const change = sides.head[by] - sides.base[by];
            return (
              <>
                <dt>{by === "self" ? "Change in self" : "Change in total"}</dt>
                <dd>
                  {signed(weight(change, unit), change)} ({relativeChange(sides.base[by], sides.head[by])})
                </dd>
              </>
            );
          })}
        {found.module !== undefined && (
          <>
            <dt>Module</dt>
            <dd class="path">{found.module}</dd>
          </>
        )}
        {place !== undefined && (
          <>
            <dt>Source</dt>
            <dd class="path">
              <Place store={store} file={place.file} line={place.line} />
            </dd>
          </>
        )}
      </dl>
      <details class="actions">
        <summary>What can be done with it</summary>
        <ul>
          {actions.map((action) => (
            <li key={action.title}>
              {action.href === undefined ? (
                <button type="button" onClick={action.run}>
                  {action.title}
                </button>
              ) : (
                <a href={action.href}>{action.title}</a>
              )}
            </li>
          ))}
        </ul>
      </details>
      <Neighbours store={store} title="Callers" list={found.callers} found={found} none="(outermost)" />
      <Neighbours store={store} title="Callees" list={found.callees} found={found} none="" />
    </>
  );
}

function Neighbours({
  store,
  title,
  list,
  found,
  none,
}: {
  readonly store: Store;
  readonly title: string;
  readonly list: readonly Neighbour[];
  readonly found: FunctionResult;
  readonly none: string;
}): JSX.Element {
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      {list.length === 0 && <p class="muted">None.</p>}
      <ul class="neighbours">
        {list.map(({ name, weight: own }) => (
          <li key={name}>
            <Bar share={own / found.total}>
              {name === "" ? (
                <span class="muted">{none}</span>
              ) : (
                <button type="button" class="link code" title={name} onClick={() => store.select(name)}>
                  {name}
                </button>
              )}
              <span class="amount">{percentOf(own, found.total)}</span>
            </Bar>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** A source line: shown in the source view, and opened in the editor where a link is set. */
function Place({
  store,
  file,
  line,
}: {
  readonly store: Store;
  readonly file: string;
  readonly line: number;
}): JSX.Element {
  const href = sourceLink(store.settings.value.sourceLink, file, line);
  const text = line > 0 ? `${file}:${line}` : file;
  return (
    <>
      <button type="button" class="link" onClick={() => store.update({ view: "source", file })}>
        {text}
      </button>
      {href !== undefined && (
        <>
          {" "}
          <a href={href} title="Open in the editor">
            open
          </a>
        </>
      )}
    </>
  );
}
