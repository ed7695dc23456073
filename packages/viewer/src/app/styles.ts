/** The page's style sheet: put in as a constructed sheet, which a strict content security policy allows. */
export const STYLES: string = `
:root {
  color-scheme: light dark;
  --bg: light-dark(#ffffff, #16181d);
  --raised: light-dark(#f4f5f7, #1f2229);
  --hover: light-dark(#e6e9ee, #2b303a);
  --text: light-dark(#1b1e24, #e6e8ec);
  --muted: light-dark(#565d6b, #a3aab8);
  --line: light-dark(#d5d9e0, #343943);
  --accent: light-dark(#0b57d0, #8ab4f8);
  --on-accent: light-dark(#ffffff, #10131a);
  --accent-soft: light-dark(#dbe7fd, #22314d);
  --other: light-dark(#a2480b, #f5a25a);
  --warn: light-dark(#8a4b00, #f5c26b);
  --bad: light-dark(#b3261e, #f2b8b5);
  --bad-soft: light-dark(#fdecea, #3b2020);
  --fill: light-dark(#f7c98b, #6b4a20);
  --less: light-dark(#a9cbf7, #24497a);
  --heat-none: light-dark(#eceef1, #22262e);
  --heat-0: light-dark(#fde3b8, #4a2d16);
  --heat-1: light-dark(#fbc26f, #74421a);
  --heat-2: light-dark(#f79a3e, #a1591d);
  --heat-3: light-dark(#e66f1f, #cf7426);
  --heat-4: light-dark(#bf4413, #ee9c47);
  --heat-5: light-dark(#7d1f0c, #ffd28c);
  --mono: ui-monospace, "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
:root[data-theme="light"] { color-scheme: light }
:root[data-theme="dark"] { color-scheme: dark }
*, ::before, ::after { box-sizing: border-box }
body { margin: 0; background: var(--bg); color: var(--text); font: 13px/1.45 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif }
.app { display: flex; flex-direction: column; block-size: 100dvh; overflow: hidden }
.dropping .app { outline: 3px dashed var(--accent); outline-offset: -6px }
h1 { font-size: 1.6rem; margin: 0 0 .5rem } h2 { font-size: 1rem; margin: 0 } h3 { font-size: .9rem; margin: .8rem 0 .3rem }
p { margin: .3rem 0 }
button, .button, select, input, textarea { font: inherit; color: inherit; border: 1px solid var(--line); border-radius: 5px; background: var(--bg); padding: 2px 8px; min-block-size: 26px }
button, .button { background: var(--raised); cursor: pointer; display: inline-flex; align-items: center; gap: 4px; white-space: nowrap }
button:hover, .button:hover { background: var(--hover) }
button:disabled { color: var(--muted); cursor: default; background: var(--bg) }
button[aria-pressed="true"] { background: var(--accent-soft); border-color: var(--accent) }
input[type="checkbox"], input[type="radio"] { min-block-size: 0; margin: 0; accent-color: var(--accent); inline-size: 14px; block-size: 14px }
.tools .wide { inline-size: 20em } .tools label { white-space: nowrap } input[type="search"] { min-inline-size: 6em } input[type="number"] { inline-size: 9em } .wide { inline-size: 100%; min-inline-size: 12em }
textarea { inline-size: 100%; font-family: var(--mono); font-size: 12px }
select { max-inline-size: 15em; padding-inline: 4px }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px }
.button:focus-within { outline: 2px solid var(--accent); outline-offset: 1px }
a { color: var(--accent) }
label { display: inline-flex; align-items: center; gap: 4px }
fieldset { border: 0; margin: 0; padding: 0 }
.hidden { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; padding: 0; min-block-size: 0; border: 0 }
.muted { color: var(--muted) } .code { font-family: var(--mono); font-size: 12px; overflow-wrap: anywhere }
.ellipsis { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; min-inline-size: 0; max-inline-size: 24em }
.amount { margin-inline-start: auto; color: var(--muted); font-variant-numeric: tabular-nums; padding-inline-start: 8px; white-space: nowrap }
.link { background: none; border: 0; padding: 0; min-block-size: 0; color: var(--accent); text-align: start; display: inline; white-space: normal; overflow-wrap: anywhere }
.link:hover { background: none; text-decoration: underline }
.stretch { flex: 1 }
.top, .bar, .filters, .tools, .status { display: flex; align-items: center; gap: 6px; padding: 4px 8px; flex: none; flex-wrap: wrap }
.top { background: var(--raised); border-block-end: 1px solid var(--line) }
.brand { font-weight: 650; letter-spacing: .01em; margin-inline-end: 4px }
.labelled > span { color: var(--muted) }
.badge { background: var(--hover); border-radius: 9px; padding: 0 6px; font-size: 11px; font-variant-numeric: tabular-nums }
.attention { border-color: var(--warn) } .attention .badge { background: var(--warn); color: var(--bg) }
.popover { position: relative; min-inline-size: 0 } .popover > button { max-inline-size: 100% }
.panel { position: absolute; inset-block-start: calc(100% + 4px); inset-inline-start: 0; z-index: 20; min-inline-size: 15em; max-inline-size: min(36em, calc(100vw - 16px)); max-block-size: min(70vh, 36em); overflow: auto; padding: 10px; background: var(--bg); border: 1px solid var(--line); border-radius: 8px; box-shadow: 0 8px 28px rgb(0 0 0 / .22); inline-size: max-content }
.panel.end { inset-inline: auto 0 }
.panel ul, .panel ol { list-style: none; margin: 4px 0; padding: 0 }
.choices button { inline-size: 100%; border-color: transparent; background: none } .choices button:hover { background: var(--hover) }
.checks label { display: flex; padding: 2px 0; inline-size: 100% } .checks li:hover { background: var(--hover) }
.choice { display: flex; gap: 10px; align-items: center } .choice legend { float: inline-start; color: var(--muted); margin-inline-end: 8px }
.fields { display: grid; gap: 8px } .fields label { display: flex; flex-wrap: wrap; justify-content: space-between } .fields label:has(input[type="checkbox"]) { justify-content: start }
.list { border-collapse: collapse } .list th { font-weight: 500; color: var(--muted); text-align: start; padding: 0 6px } .list td { padding: 3px 6px; vertical-align: top }
.list td > input[type="radio"] { margin-block-start: 7px }
.tabs { display: flex; gap: 2px; margin: 0; padding: 0; list-style: none; overflow-x: auto; flex: 0 1 auto; min-inline-size: 0 }
.tabs button { border-color: transparent; background: none; color: var(--muted) } .tabs button:hover { background: var(--hover) }
.tabs [aria-current] { background: var(--accent-soft); color: var(--text); font-weight: 600 }
.search { margin-inline-start: auto; display: flex; align-items: center; gap: 5px; flex-wrap: wrap } .search input[type="search"] { inline-size: 15em }
.found { min-inline-size: 3em; font-variant-numeric: tabular-nums }
.hits { min-inline-size: 22em } .hits li { display: flex; align-items: baseline; padding: 2px 0 } .hits .ellipsis { max-inline-size: 30em }
.filters { padding: 0; flex: 0 1 auto; min-inline-size: 0 } .filters ol { display: flex; flex-wrap: wrap; gap: 4px; list-style: none; margin: 0; padding: 0; min-inline-size: 0 }
.chip { display: inline-flex; align-items: center; gap: 2px; background: var(--accent-soft); border-radius: 13px; padding-inline: 8px 4px; max-inline-size: 100% }
.chip label { min-inline-size: 0 }
.chip.off { background: var(--raised); color: var(--muted) } .chip.off .ellipsis { text-decoration: line-through }
.chip button { border: 0; background: none; padding: 0 5px; min-block-size: 24px; min-inline-size: 24px; justify-content: center; border-radius: 12px } .chip button:hover { background: var(--hover) }
.timeline { display: flex; gap: 6px; padding: 0 8px 4px; flex: none; border-block-end: 1px solid var(--line) }
.timeline-side { display: flex; gap: 4px; align-items: start; padding-block-start: 4px } .timeline-lanes { flex: 1; min-inline-size: 0; max-block-size: 34vh; overflow-y: auto }
.lane { display: flex; gap: 6px; align-items: center; margin-block-start: 2px } .lane .link { flex: 0 0 12em; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: 11px; min-block-size: 18px } .lane .lane-box { flex: 1 }
.lane-box { position: relative; background: var(--raised); border-radius: 3px; overflow: hidden }
.lane-box canvas { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; cursor: crosshair; touch-action: pan-y; color: var(--muted) }
.mark-range { position: absolute; inset-block: 0; background: color-mix(in srgb, var(--accent) 28%, transparent); border-inline: 2px solid var(--accent); pointer-events: none; min-inline-size: 2px }
.mark-range.base { background: color-mix(in srgb, var(--other) 28%, transparent); border-color: var(--other) }
.ranges { min-block-size: 26px; display: flex; gap: 6px; align-items: center; flex-wrap: wrap; margin: 4px 0 0 }
.range-chip { display: inline-flex; align-items: center; gap: 2px; border-inline-start: 3px solid var(--accent); padding-inline-start: 6px } .range-chip.base { border-color: var(--other) }
.range-chip button { border: 0; background: none; padding: 0 6px; min-block-size: 24px }
.panes { flex: 1; min-block-size: 0; display: flex }
.view { flex: 1 1 0; min-inline-size: 0; display: flex; flex-direction: column; min-block-size: 0; position: relative }
.view + .view { border-inline-start: 1px solid var(--line) }
.graph { flex: 1; min-block-size: 0; display: flex } .graph flame-graph { flex: 1; block-size: auto; min-block-size: 0; min-inline-size: 0; --flame-graph-background: var(--bg); --flame-graph-text: var(--text); --flame-graph-muted: var(--muted); --flame-graph-line: var(--line) }
.waiting, .empty { padding: 1.5rem 1rem; color: var(--muted); text-align: center }
.busy { position: absolute; inset: 0 0 auto 0; block-size: 2px; background: linear-gradient(90deg, transparent, var(--accent), transparent); background-size: 40% 100%; background-repeat: no-repeat; animation: busy 1s linear infinite; z-index: 5 }
@keyframes busy { from { background-position: -60% 0 } to { background-position: 160% 0 } }
.problem { color: var(--bad); padding-inline: 8px } .hint { color: var(--muted) }
.view { container-type: inline-size; --number: 8em; --spare: 8em }
@container (max-width: 560px) { .rows { --number: 5.4em; --spare: 0 } .row { column-gap: 6px } .row > .spare { visibility: hidden } }
.rows { flex: 1; min-block-size: 6em; overflow: auto; position: relative; font-variant-numeric: tabular-nums }
.row { display: grid; block-size: 24px; align-items: center; column-gap: 12px; padding-inline: 8px; white-space: nowrap; cursor: default }
.row.head { position: sticky; inset-block-start: 0; background: var(--raised); border-block-end: 1px solid var(--line); z-index: 2; font-weight: 500 }
.row.head button { border: 0; background: none; padding: 0; font-weight: 600; min-block-size: 24px } .row .number { text-align: end; justify-self: stretch } .row.head .number button { justify-content: end; inline-size: 100% }
.row:not(.head):hover { background: var(--hover) } .row.selected { background: var(--accent-soft) }
.row > * { min-inline-size: 0; overflow: hidden; text-overflow: ellipsis }
.row .name { font-family: var(--mono); font-size: 12px }
.window { position: absolute; inset-inline: 0 } .spacer { position: relative; min-inline-size: 100% }
.bar-wrap, .bar > .fill, span.bar { position: relative } span.bar { display: flex; align-items: center; inline-size: 100%; justify-content: end; padding: 0 4px }
.bar > .fill { position: absolute; inset: 2px auto 2px 0; background: var(--fill); border-radius: 2px } .bar > .fill.less { background: var(--less) } .bar > .value { position: relative; display: flex; min-inline-size: 0 }
.neighbours .bar > .value { flex: 1 }
.mark { border-radius: 8px; padding: 0 6px; margin-inline-end: 6px; font: 11px system-ui, sans-serif; border: 1px solid var(--other); color: var(--other) } .mark.gone { border-color: var(--accent); color: var(--accent) }
.details { flex: 0 0 19rem; border-inline-start: 1px solid var(--line); overflow: auto; padding: 8px }
.details h2 { overflow-wrap: anywhere } .facts { display: grid; grid-template-columns: auto 1fr; gap: 1px 10px; margin: 6px 0; font-variant-numeric: tabular-nums } .facts dt { color: var(--muted) } .facts dd { margin: 0; overflow-wrap: anywhere }
.neighbours { list-style: none; margin: 0; padding: 0 } .neighbours li { margin-block: 2px } .neighbours .link { color: var(--text); padding-block: 2px } .neighbours .amount { color: var(--text) }
.actions ul { list-style: none; margin: 4px 0; padding: 0 } .actions button { border-color: transparent; background: none; text-align: start; white-space: normal } .actions a { padding: 4px 8px; display: inline-block }
.menu { position: fixed; z-index: 30; inline-size: max-content; max-inline-size: min(24em, calc(100vw - 8px)); max-block-size: calc(100vh - 8px); overflow: auto; padding: 4px; background: var(--bg); border: 1px solid var(--line); border-radius: 8px; box-shadow: 0 8px 28px rgb(0 0 0 / .25) }
.menu-title { font: 600 12px var(--mono); padding: 4px 8px; overflow-wrap: anywhere; border-block-end: 1px solid var(--line); margin-block-end: 4px }
.menu button, .menu a { display: block; inline-size: 100%; border: 0; background: none; text-align: start; padding: 4px 8px; border-radius: 4px; color: var(--text); text-decoration: none; min-block-size: 28px; white-space: normal } .menu :is(button, a):is(:hover, :focus-visible) { background: var(--accent-soft) }
.status { border-block-start: 1px solid var(--line); color: var(--muted); padding-block: 2px; min-block-size: 24px; gap: 14px } .doubt { color: var(--warn) }
.messages { flex: none } .message { display: flex; gap: 10px; align-items: center; padding: 4px 10px; border-block-end: 1px solid var(--line); background: var(--accent-soft) } .message p { flex: 1; overflow-wrap: anywhere } .message.error { background: var(--bad-soft) }
.start { max-inline-size: 42rem; margin: 8vh auto 0; padding: 1rem; display: grid; gap: .8rem } .start label { flex-wrap: wrap } .start form label:has(textarea) { display: grid; margin-block-end: 6px } main { overflow: auto } main.panes { overflow: hidden }
dialog { border: 1px solid var(--line); border-radius: 10px; padding: 0; background: var(--bg); color: var(--text); max-inline-size: min(46rem, calc(100vw - 24px)); max-block-size: min(84vh, 50rem); inline-size: 46rem; margin-block-start: 8vh } dialog::backdrop { background: rgb(0 0 0 / .4) }
.dialog { padding: 12px 16px } .dialog > header { display: flex; justify-content: space-between; align-items: center; margin-block-end: 8px }
.commands { list-style: none; margin: 8px 0 0; padding: 0; max-block-size: 50vh; overflow: auto } .commands li { display: flex; justify-content: space-between; padding: 4px 8px; border-radius: 4px; cursor: pointer } .commands li[aria-selected="true"] { background: var(--accent-soft) }
kbd { font: 11px var(--mono); border: 1px solid var(--line); border-radius: 4px; padding: 1px 5px; background: var(--raised) }
.help { display: grid; grid-template-columns: 1fr 1fr; gap: 20px } .help dl { margin: 0 } .help dl > div { display: flex; gap: 8px; padding: 2px 0 } .help dt { flex: 0 0 7em } .help dd { margin: 0 }
.notes li { margin-block: 4px }
.heatmap { flex: 1; overflow: auto; padding: 8px; min-block-size: 0 } .heatmap canvas { display: block; cursor: crosshair } .heatmap-cell { display: block; margin-block-start: 6px; font-variant-numeric: tabular-nums; position: sticky; inset-inline-start: 0 }
.source { flex: 1; min-block-size: 0; display: flex; flex-direction: column } .source > .rows { flex: 0 1 34% } .lines { flex: 1 1 66%; min-block-size: 0; display: flex; flex-direction: column; border-block-start: 1px solid var(--line) } .lines > p { padding-inline: 8px }
.source-text { white-space: pre; font: 12px var(--mono) }
@media (max-width: 760px) {
  .panes { flex-direction: column; overflow-y: auto } .view { min-block-size: 60vh; flex: none } .details { flex: none; border-inline-start: 0; border-block-start: 1px solid var(--line); max-block-size: 45vh }
  .view + .view { border-inline-start: 0; border-block-start: 1px solid var(--line) }
  .panel, .panel.end { position: fixed; inset: auto 8px 8px 8px; inline-size: auto; max-inline-size: none; max-block-size: 60vh } .help { grid-template-columns: 1fr }
  .profile-choice .ellipsis { max-inline-size: 11em } select { max-inline-size: 9em } .search input[type="search"] { inline-size: 9em } .lane .link { flex-basis: 6em }
  .app { block-size: auto; min-block-size: 100dvh; overflow: visible } .panes { overflow: visible; flex: none } .graph { min-block-size: 60vh } .rows { max-block-size: 70vh }
}
@media (prefers-reduced-motion: reduce) { .busy { animation: none; background: var(--accent) } }
`;

/** A custom property as a colour that a canvas understands: `light-dark()` is known to style sheets alone. */
export function resolvedColor(node: HTMLElement, property: string): string {
  const before = node.style.color;
  node.style.color = `var(${property})`;
  const { color } = getComputedStyle(node);
  node.style.color = before;
  return color;
}
