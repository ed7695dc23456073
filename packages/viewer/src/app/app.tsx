import type { JSX } from "preact";
import { VIEW_TITLES } from "./names.ts";
import { Details } from "./parts/details.tsx";
import { Dialogs } from "./parts/dialogs.tsx";
import { FilterBar } from "./parts/filter-bar.tsx";
import { Header } from "./parts/header.tsx";
import { FrameMenu } from "./parts/menu.tsx";
import { Messages } from "./parts/messages.tsx";
import { SearchBox } from "./parts/search-box.tsx";
import { Start } from "./parts/start.tsx";
import { Status } from "./parts/status.tsx";
import { Timeline } from "./parts/timeline.tsx";
import type { Store } from "./store.ts";
import { VIEWS, type ViewName } from "./view-state.ts";
import { ChartView } from "./views/chart-view.tsx";
import { GraphView } from "./views/graph-view.tsx";
import { HeatmapView } from "./views/heatmap-view.tsx";
import { SandwichView } from "./views/sandwich-view.tsx";
import { SourceView } from "./views/source-view.tsx";
import { TableView } from "./views/table-view.tsx";

/** The whole page. */
export function App({ store }: { readonly store: Store }): JSX.Element {
  const open = store.profile.value !== undefined;
  const reading = store.loading.value.length > 0;
  return (
    <div class="app">
      <Header store={store} />
      <Messages store={store} />
      {open ? <Workspace store={store} /> : !reading && <main>{<Start store={store} />}</main>}
      <Dialogs store={store} />
      <div class="hidden" role="status" aria-live="polite">
        {store.announcement.value}
      </div>
    </div>
  );
}

function Workspace({ store }: { readonly store: Store }): JSX.Element {
  const { view, split } = store.view.value;
  const details = store.settings.value.details && view !== "source" && view !== "heatmap";
  return (
    <>
      <nav class="bar" aria-label="Views and search">
        <Tabs store={store} />
        <FilterBar store={store} />
        <SearchBox store={store} />
      </nav>
      <Timeline store={store} />
      <main class="panes" id="view" aria-label={VIEW_TITLES[view]}>
        <h1 class="hidden">{`${store.profile.value?.name}: ${VIEW_TITLES[view]}`}</h1>
        <View store={store} name={view} />
        {split !== undefined && split !== view && <View store={store} name={split} />}
        {details && <Details store={store} />}
        <FrameMenu store={store} />
      </main>
      <Status store={store} />
    </>
  );
}

/** Views that can be shown: a comparison has changes, a profile without them has not. */
function viewsOf(store: Store): ViewName[] {
  return VIEWS.filter((name) => {
    if (name === "changes") return store.comparing.value || store.view.value.view === "changes";
    if (name === "chart") return store.profile.value?.ordered === true;
    if (name === "heatmap") return store.profile.value?.time !== undefined;
    if (name === "source") return store.profile.value?.hasFiles === true;
    return true;
  });
}

function Tabs({ store }: { readonly store: Store }): JSX.Element {
  const { view } = store.view.value;
  return (
    <ul class="tabs">
      {viewsOf(store).map((name) => (
        <li key={name}>
          <button
            type="button"
            aria-current={name === view ? "page" : undefined}
            onClick={() => store.update({ view: name })}
          >
            {VIEW_TITLES[name]}
          </button>
        </li>
      ))}
    </ul>
  );
}

function View({ store, name }: { readonly store: Store; readonly name: ViewName }): JSX.Element {
  switch (name) {
    case "graph":
      return <GraphView store={store} />;
    case "table":
      return <TableView key="table" store={store} changes={false} />;
    case "changes":
      return <TableView key="changes" store={store} changes={true} />;
    case "sandwich":
      return <SandwichView store={store} />;
    case "chart":
      return <ChartView store={store} />;
    case "heatmap":
      return <HeatmapView store={store} />;
    case "source":
      return <SourceView store={store} />;
  }
}
