import { PROBE_STYLES } from "./theme.ts";

/** The style sheet of the shadow root. */
export const STYLES: string = `
:host {
  display: block; position: relative; block-size: 28rem; min-block-size: 5rem; overflow: hidden;
  color-scheme: light dark;
  --_background: var(--flame-graph-background, light-dark(#ffffff, #16181d));
  --_text: var(--flame-graph-text, light-dark(#1b1e24, #e6e8ec));
  --_muted: var(--flame-graph-muted, light-dark(#5b6270, #a0a7b4));
  --_line: var(--flame-graph-line, light-dark(#d5d9e0, #343943));
  --_font: var(--flame-graph-font-family, system-ui, sans-serif);
  background: var(--_background); color: var(--_text);
  font: 12px/1.4 var(--_font);
}
:host([hidden]) { display: none }
:host([theme="light"]) { color-scheme: light }
:host([theme="dark"]) { color-scheme: dark }
.root { position: absolute; inset: 0; display: flex; flex-direction: column; user-select: none; -webkit-user-select: none }
.panes { position: relative; flex: 1; min-block-size: 0; display: flex; flex-direction: column }
.pane { position: relative; flex: 1; min-block-size: 0 }
.pane + .pane { border-block-start: 3px solid var(--_line) }
.scroller { position: absolute; inset: 0; overflow-x: hidden; overflow-y: auto; touch-action: pan-y; scrollbar-width: thin }
.spacer { position: relative }
.pane canvas { position: sticky; inset-block-start: 0; display: block; inline-size: 100%; cursor: default }
.pane canvas.pointing { cursor: pointer }
.pane canvas.choosing { cursor: col-resize }
.pane canvas.dragging { cursor: grabbing }
.minimap { display: block; inline-size: 100%; block-size: 46px; flex: none; border-block-end: 1px solid var(--_line); touch-action: none; cursor: crosshair }
.hidden { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
.tooltip {
  position: fixed; inset: 0 auto auto 0; z-index: 10; max-inline-size: min(34rem, calc(100vw - 16px)); box-sizing: border-box;
  padding: 8px 10px; border: 1px solid var(--_line); border-radius: 6px; pointer-events: none; margin: 0;
  background: var(--_background); color: var(--_text); box-shadow: 0 4px 18px rgb(0 0 0 / .25); overflow: hidden;
}
.tooltip b { display: block; font-weight: 600; overflow-wrap: anywhere; max-block-size: 8.4em; overflow: hidden }
.tooltip .place { color: var(--_muted); overflow-wrap: anywhere }
.tooltip dl { display: grid; grid-template-columns: auto auto; gap: 1px 14px; margin: 6px 0 0; font-variant-numeric: tabular-nums }
.tooltip dt { color: var(--_muted) }
.tooltip dd { margin: 0; text-align: end }
.tooltip .hint { margin: 6px 0 0; color: var(--_muted) }
.pane.tabled .scroller { inset-block-end: 50% }
.table:not(.hidden) { position: absolute; inset: 50% 0 0 0; overflow: auto; border-block-start: 1px solid var(--_line); background: var(--_background); user-select: text; -webkit-user-select: text }
.table.hidden { position: absolute; inset-block-start: 0 }
.rows { position: relative }
.table:not(.hidden) :is(.rows, .header) { min-inline-size: calc(12rem + var(--columns) * 8.5rem) }
.header, .row { display: grid; grid-template-columns: minmax(12rem, 1fr) repeat(var(--columns), 8.5rem); align-items: center; block-size: 24px; box-sizing: border-box }
.table:not(.hidden) .row { position: absolute; inset-inline: 0 }
.header { position: sticky; inset-block-start: 0; z-index: 1; background: var(--_background); border-block-end: 1px solid var(--_line); color: var(--_muted); font-weight: 600 }
.head { display: contents }
.cell { padding-inline: 8px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; text-align: end; font-variant-numeric: tabular-nums; box-sizing: border-box }
.cell:first-child { text-align: start }
.row.active { background: color-mix(in srgb, var(--_text) 9%, transparent) }
.row:focus-visible { outline: 2px solid currentColor; outline-offset: -2px }
.fold { display: inline-block; inline-size: 1.1em; color: var(--_muted); cursor: pointer }
[aria-expanded="true"] .fold::before { content: "▾" }
[aria-expanded="false"] .fold::before { content: "▸" }
.legend { flex: none; display: flex; flex-wrap: wrap; gap: 4px 14px; align-items: center; padding: 5px 10px; border-block-start: 1px solid var(--_line); color: var(--_text) }
.legend[hidden] { display: none }
.scale { inline-size: 160px; block-size: 12px; border-radius: 2px }
.swatch { display: inline-block; inline-size: 14px; block-size: 11px; margin-inline-end: 6px; box-sizing: border-box; vertical-align: -1px }
.swatch.new { outline: 1px solid var(--_text) }
.swatch.vanished { outline: 1px dashed var(--_text) }
.probes { position: absolute; visibility: hidden; inline-size: 0; block-size: 0; overflow: hidden }
.probe { transition: color 1ms }
.probe-font { font: var(--flame-graph-font-size, 12px)/var(--flame-graph-row-height, 18px) var(--_font) }
${PROBE_STYLES}
@media (pointer: coarse) {
  .probe-font { font: var(--flame-graph-font-size, 13px)/var(--flame-graph-row-height, 26px) var(--_font) }
}
`;
