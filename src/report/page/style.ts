/** Light and dark from one sheet: charts name the same colours. Every pair of text and ground has a contrast of at least 4.5. */
export const STYLE = `
:root { color-scheme: light dark;
  --text: light-dark(#1b1f24, #e6edf3); --quiet: light-dark(#57606a, #9fb0c0); --page: light-dark(#ffffff, #12161b);
  --panel: light-dark(#f5f7f9, #1a2028); --line: light-dark(#d8dee4, #39424d);
  --good: light-dark(#116329, #63cf7c); --look: light-dark(#7a4a00, #eab350); --bad: light-dark(#a40e26, #ff8d8d);
  --gap: light-dark(rgba(194, 65, 12, 0.13), rgba(255, 155, 98, 0.2));
  --c0: light-dark(#2563eb, #7aa9ff); --c1: light-dark(#c2410c, #ff9b62); --c2: light-dark(#0f766e, #4fd1c5);
  --c3: light-dark(#9333ea, #c79bff); --c4: light-dark(#b91c4b, #ff86a8); --c5: light-dark(#4d7c0f, #a3d65c);
  --c6: light-dark(#0369a1, #5cc8ff); --c7: light-dark(#57534e, #b8b2ab); }
* { box-sizing: border-box; }
body { font: 16px/1.55 system-ui, sans-serif; color: var(--text); background: var(--page); margin: 0; }
header, main, footer { max-width: 50rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 0.6rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 0 0 0.9rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 0.5rem; }
p { margin: 0.6rem 0; }
a { color: var(--c0); }
.verdict { font-size: 1.12rem; margin: 0 0 1.2rem; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 0.2rem 1.1rem; padding: 0; margin: 1.2rem 0 0; font-size: 0.92rem; }
section { padding: 1.6rem 0 0.4rem; margin-top: 1.4rem; border-top: 1px solid var(--line); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 0.75rem; padding: 0; margin: 0; }
.tiles div { display: flex; flex-direction: column; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 0.7rem 0.9rem; }
.tiles dt { color: var(--quiet); font-size: 0.85rem; }
.tiles dd { font-size: 1.45rem; font-weight: 650; line-height: 1.3; margin: 0; font-variant-numeric: tabular-nums; }
.tiles small { color: var(--quiet); font-size: 0.8rem; font-weight: 400; display: block; }
.checks { list-style: none; padding: 0; margin: 0; }
.checks li { display: grid; grid-template-columns: 4.2rem 1fr; gap: 0.2rem 0.8rem; padding: 0.45rem 0; border-bottom: 1px solid var(--line); }
.checks li:last-child { border-bottom: 0; }
.state { font-weight: 650; font-size: 0.9rem; }
.ok .state { color: var(--good); } .look .state { color: var(--look); } .wrong .state { color: var(--bad); }
dl:not(.tiles) { margin: 0.4rem 0; }
dl:not(.tiles) > div { display: grid; grid-template-columns: minmax(7rem, 12rem) 1fr; gap: 0 1rem; padding: 0.25rem 0; border-bottom: 1px solid var(--line); }
dl:not(.tiles) > div:last-child { border-bottom: 0; }
dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; margin: 0.6rem 0; }
table { border-collapse: collapse; width: 100%; font-size: 0.92rem; }
caption { text-align: left; color: var(--quiet); padding-bottom: 0.3rem; }
.aloud { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.scroll { position: relative; }
th, td { padding: 0.3rem 0.9rem 0.3rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { color: var(--quiet); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 500; overflow-wrap: break-word; }
.text { overflow-wrap: anywhere; min-width: 9rem; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th:last-child, td:last-child { padding-right: 0.2rem; }
.matrix table { width: auto; }
.matrix td, .matrix thead th { text-align: center; min-width: 4.2rem; padding: 0.35rem 0.6rem; font-variant-numeric: tabular-nums; }
.matrix td small { color: inherit; display: block; font-size: 0.78rem; }
.matrix td { background: color-mix(in srgb, var(--c1) calc(var(--share) * 45%), var(--page)); border: 1px solid var(--page); }
.matrix td.right { background: color-mix(in srgb, var(--c0) calc(var(--share) * 38%), var(--page)); }
.matrix tbody th { padding-right: 0.8rem; max-width: 16rem; overflow-wrap: anywhere; }
.matrix thead th { white-space: normal; overflow-wrap: anywhere; max-width: 9rem; vertical-align: bottom; }
figure { margin: 1.2rem 0 1.6rem; }
figcaption { margin-bottom: 0.6rem; }
.chart svg { display: block; max-width: 100%; height: auto; }
.narrow { display: none; }
details { margin: 0.5rem 0; }
summary { cursor: pointer; color: var(--quiet); font-size: 0.92rem; width: fit-content; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 0.8rem 1rem; overflow-x: auto; font-size: 0.86rem; line-height: 1.5; white-space: pre-wrap; overflow-wrap: anywhere; }
code { font-size: 0.93em; }
.masks { display: flex; flex-wrap: wrap; gap: 0.9rem 1.1rem; padding: 0; margin: 0.4rem 0; list-style: none; }
.masks img { display: block; image-rendering: pixelated; background: var(--panel); border: 1px solid var(--line); max-width: 100%; }
.masks li { max-width: 100%; color: var(--quiet); font-size: 0.82rem; }
.quiet, footer { color: var(--quiet); font-size: 0.92rem; }
footer { padding-top: 1.5rem; padding-bottom: 3rem; }
:focus-visible { outline: 2px solid var(--c0); outline-offset: 2px; }
@media (max-width: 52rem) { .chart .wide { display: none; } .chart .narrow { display: block; } }
@media (max-width: 30rem) { header, main, footer { padding-left: 0.9rem; padding-right: 0.9rem; } .checks li { grid-template-columns: 3.2rem 1fr; }
  .masks { flex-wrap: nowrap; gap: 0.7rem; } .masks li { min-width: 0; } .masks img { height: auto; }
  dl:not(.tiles) > div { grid-template-columns: 1fr; } .tiles { grid-template-columns: 1fr 1fr; } th, td { padding-right: 0.55rem; } }
@media print { nav { display: none; } section { break-inside: avoid-page; } }
`;
