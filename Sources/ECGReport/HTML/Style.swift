/// The report's style sheet: one column, two colours that colour-blind readers tell apart (Okabe and Ito's blue and
/// vermilion, and lines that differ by dashes), light and dark, and a layout for paper.
let styleSheet = """
  :root { color-scheme: light dark; --paper: #ffffff; --ink: #1b1f24; --soft: #5b6570; --faint: #e4e7eb; --panel: #f6f7f9;
    --blue: #0a6ea8; --red: #c4510c; --green: #00795a; --warn: #fff4e3; --warn-edge: #e0a040; }
  @media (prefers-color-scheme: dark) { :root { --paper: #14171b; --ink: #e6e8eb; --soft: #a0a9b4; --faint: #2d333b;
    --panel: #1b2026; --blue: #5cb3ea; --red: #f0954a; --green: #3fc09a; --warn: #2b2418; --warn-edge: #a8772c; } }
  * { box-sizing: border-box; }
  body { margin: 0; background: var(--paper); color: var(--ink);
    font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, "Liberation Sans", sans-serif; }
  main { max-width: 1020px; margin: 0 auto; padding: 32px 24px 48px; }
  h1 { font-size: 27px; line-height: 1.2; margin: 0 0 4px; font-weight: 650; }
  h2 { font-size: 19px; margin: 44px 0 6px; padding-top: 14px; border-top: 1px solid var(--faint); font-weight: 650; }
  h3 { font-size: 15px; margin: 24px 0 4px; font-weight: 650; }
  p { margin: 6px 0 10px; max-width: 76ch; }
  .sub, .small, figcaption { color: var(--soft); }
  .small, figcaption { font-size: 13px; }
  figcaption { width: 0; min-width: 100%; }
  .lead { font-size: 17px; margin: 14px 0 18px; }
  code { font: 13px/1.4 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
  .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(215px, 1fr)); gap: 12px; margin: 18px 0; }
  .card { background: var(--panel); border-radius: 8px; padding: 12px 14px; }
  .card .name { font-size: 13px; color: var(--soft); }
  .card .value { font-size: 28px; font-weight: 650; line-height: 1.25; font-variant-numeric: tabular-nums; }
  .card .detail { font-size: 13px; color: var(--soft); }
  .card svg { margin: 4px 0 2px; }
  .row { display: flex; flex-wrap: wrap; gap: 18px; align-items: flex-start; }
  figure { margin: 8px 0; max-width: 100%; }
  svg { max-width: 100%; height: auto; display: block; overflow: visible; }
  svg text { fill: var(--ink); font-size: 12px; }
  svg .tick { fill: var(--soft); font-size: 11.5px; font-variant-numeric: tabular-nums; }
  svg .label { fill: var(--soft); font-size: 12.5px; }
  svg .title { font-size: 13.5px; font-weight: 600; }
  svg .note { fill: var(--soft); font-size: 11.5px; }
  svg .halo { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
  svg .middle { text-anchor: middle; }
  svg .end { text-anchor: end; }
  .grid { stroke: var(--faint); stroke-width: 1; }
  .axis { stroke: var(--soft); stroke-width: 1; }
  .ideal { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 2 3; fill: none; }
  .mark { stroke: var(--ink); stroke-width: 1.2; stroke-dasharray: 5 3; }
  .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
  .line.blue { stroke: var(--blue); } .line.red { stroke: var(--red); }
  .line.green { stroke: var(--green); }
  .line.dashed { stroke-dasharray: 6 4; }
  .line.thin { stroke-width: 0.8; opacity: 0.4; }
  .blue-fill { fill: var(--blue); } .red-fill { fill: var(--red); } .soft-fill { fill: var(--soft); }
  .green-fill { fill: var(--green); }
  .panel-fill { fill: var(--panel); } .faint-fill { fill: var(--faint); }
  .blue-area { fill: var(--blue); fill-opacity: 0.5; }
  .red-area { fill: var(--red); fill-opacity: 0.5; }
  .ring { fill: var(--paper); stroke-width: 2.2; } .ring.blue { stroke: var(--blue); } .ring.red { stroke: var(--red); }
  .cell-text { font-size: 10.5px; text-anchor: middle; font-variant-numeric: tabular-nums; }
  .cell-text.fine { font-size: 9px; }
  .cell-text.on { fill: var(--paper); }
  .legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 2px 0; font-size: 13px; color: var(--soft); }
  .legend span { display: inline-flex; align-items: center; gap: 6px; }
  .legend i { width: 22px; height: 0; border-top: 3px solid; }
  .legend i.blue { border-color: var(--blue); } .legend i.red { border-color: var(--red); }
  .legend i.green { border-color: var(--green); }
  .legend i.soft { border-color: var(--soft); }
  .legend i.dashed { border-top-style: dashed; } .legend i.dotted { border-top-style: dotted; }
  .legend i.block { height: 12px; width: 14px; border: 0; opacity: 0.6; }
  .legend i.block.blue { background: var(--blue); } .legend i.block.red { background: var(--red); }
  .scroll { overflow-x: auto; }
  table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; margin: 8px 0; }
  th { text-align: right; font-weight: 600; color: var(--soft); vertical-align: bottom; }
  th, td { padding: 3px 9px; border-bottom: 1px solid var(--faint); text-align: right; }
  th.text, td.text { text-align: left; }
  td.low { color: var(--red); font-weight: 600; }
  table.facts th { text-align: left; vertical-align: top; font-weight: 400; padding-left: 0; white-space: nowrap; }
  table.facts td { text-align: left; overflow-wrap: anywhere; }
  tr.own td { font-weight: 650; }
  details { margin: 10px 0; } summary { cursor: pointer; color: var(--blue); }
  .caveats { background: var(--warn); border-left: 4px solid var(--warn-edge); border-radius: 0 8px 8px 0; padding: 8px 14px; }
  .caveats ul { margin: 4px 0; padding-left: 20px; } .caveats li { max-width: 80ch; }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; font-size: 13px; }
  dt { font-weight: 600; } dd { margin: 0; color: var(--soft); }
  footer { margin-top: 44px; padding-top: 12px; border-top: 1px solid var(--faint); font-size: 13px; color: var(--soft); }
  @media (max-width: 600px) { dl { grid-template-columns: 1fr; } main { padding: 20px 14px; } }
  @media print {
    :root { --paper: #ffffff; --ink: #000000; --soft: #444444; --faint: #dddddd; --panel: #f4f4f4; --blue: #0a6ea8;
      --red: #c4510c; --green: #00795a; --warn: #ffffff; --warn-edge: #888888; }
    body { font-size: 11pt; } main { max-width: none; padding: 0; }
    figure, .card, .caveats, tr { break-inside: avoid; } h2, h3 { break-after: avoid; }
    thead { display: table-header-group; }
    * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
    @page { margin: 16mm; }
  }
  """
