/** What a meta element of the page says, if it is there. */
export function metaContent(name: string): string | undefined {
  return document.querySelector(`meta[name="${name}"]`)?.getAttribute("content") ?? undefined;
}

/** Goes to what the page is to show first, unless its address already says what. */
export function showFirstView(): void {
  const view = metaContent("flambeau-view");
  if (view !== undefined && location.hash === "") history.replaceState(null, "", `#${view}`);
}
