/** What a link to the picture restores. */
export interface LinkState {
  readonly zoom: string;
  readonly search: string;
  readonly ignoreCase: boolean;
  readonly icicle: boolean | undefined;
  readonly inverted: boolean;
}

/** Reads the state from the address: its query, or its fragment where the query cannot be changed. */
export function readLink(): LinkState {
  const query = new URLSearchParams(location.search);
  const fragment = new URLSearchParams(location.hash.slice(1));
  const get = (key: string): string | null => query.get(key) ?? fragment.get(key);
  const direction = get("view");
  return {
    zoom: get("zoom") ?? "",
    search: get("s") ?? "",
    ignoreCase: get("i") === "1",
    icicle: direction === "icicle" ? true : direction === "flame" ? false : undefined,
    inverted: get("tree") === "inverted",
  };
}

/** Puts the state into the address, leaving other parameters alone; without a history entry per click. */
export function writeLink(state: LinkState): void {
  const values: readonly (readonly [string, string])[] = [
    ["zoom", state.zoom],
    ["s", state.search],
    ["i", state.ignoreCase && state.search !== "" ? "1" : ""],
    ["view", state.icicle === undefined ? "" : state.icicle ? "icicle" : "flame"],
    ["tree", state.inverted ? "inverted" : ""],
  ];
  const change = (text: string): string => {
    const params = new URLSearchParams(text);
    for (const [key, value] of values) {
      if (value === "") params.delete(key);
      else params.set(key, value);
    }
    return params.toString();
  };
  const query = change(location.search);
  try {
    history.replaceState(
      history.state,
      "",
      `${location.pathname}${query === "" ? "" : `?${query}`}${location.hash}`,
    );
  } catch {
    // Some browsers refuse another query for local files; some refuse everything in a frame without an origin.
    try {
      history.replaceState(history.state, "", `#${change(location.hash.slice(1))}`);
    } catch {
      // No link then; everything else works.
    }
  }
}
