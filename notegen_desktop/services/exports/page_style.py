"""The look of an exported page: one column of comfortable length, quiet colours, both themes."""

from __future__ import annotations

STYLE = """
:root {
  --paper: #fdfdfb; --ink: #22252a; --soft: #62676f; --line: #e2e2dc; --tint: #f2f3ef;
  --accent: #1a5fb4; --on-accent: #ffffff; --unsure: #8a5a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #17191d; --ink: #dfe2e7; --soft: #9aa1ac; --line: #31353c; --tint: #20242a;
    --accent: #8ab8f5; --on-accent: #10131a; --unsure: #e0b060;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 4.5rem; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body {
  margin: 0 auto; padding: 0 1.25rem 4rem; max-width: 44rem; background: var(--paper);
  color: var(--ink); overflow-wrap: break-word;
  font: 1.0625rem/1.65 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
header { padding: 1.5rem 0 .5rem; }
h1, h2, h3, h4 { line-height: 1.25; text-wrap: balance; }
h1 { font-size: 2rem; margin: 0 0 .5rem; letter-spacing: -.01em; }
h2 { font-size: 1.35rem; margin: 0 0 .5rem; }
h3, h4, h5, h6 { font-size: 1.05rem; margin: 1.4em 0 .4em; }
.facts, footer { color: var(--soft); font-size: .94rem; }
a { color: var(--accent); text-decoration-thickness: .06em; text-underline-offset: .15em; }
input[name=level] { position: fixed; top: 0; opacity: 0; pointer-events: none; }
.switch {
  position: sticky; top: 0; z-index: 1; display: flex; justify-content: center; gap: .25rem;
  padding: .75rem 0; background: var(--paper); border-bottom: 1px solid var(--line);
}
.switch label {
  padding: .3rem .9rem; border-radius: 999px; color: var(--soft); cursor: pointer;
  font-size: .94rem;
}
.switch label:hover { background: var(--tint); color: var(--ink); }
#level-concise:checked ~ .switch [for=level-concise],
#level-standard:checked ~ .switch [for=level-standard],
#level-comprehensive:checked ~ .switch [for=level-comprehensive] {
  background: var(--accent); color: var(--on-accent);
}
#level-concise:focus-visible ~ .switch [for=level-concise],
#level-standard:focus-visible ~ .switch [for=level-standard],
#level-comprehensive:focus-visible ~ .switch [for=level-comprehensive] {
  outline: 3px solid var(--accent); outline-offset: 2px;
}
.concise, .standard, .comprehensive { display: none; }
#level-concise:checked ~ main .concise,
#level-standard:checked ~ main .standard,
#level-comprehensive:checked ~ main .comprehensive { display: block; }
nav { margin: 1rem 0 0; padding: .75rem 1.25rem; background: var(--tint); border-radius: .6rem; }
nav ol { margin: 0; padding-inline-start: 1.4rem; columns: 17rem auto; column-gap: 2.5rem; }
nav li { break-inside: avoid; padding: .1rem 0; }
nav a { text-decoration: none; }
nav a:hover { text-decoration: underline; }
section { margin-top: 2.2rem; padding-top: 1.6rem; border-top: 1px solid var(--line); }
main > section:first-child { border-top: 0; }
.cites { display: flex; flex-wrap: wrap; gap: .35rem; margin: 0 0 .8rem; }
.cite {
  padding: .05rem .55rem; border: 1px solid var(--line); border-radius: 999px; font-size: .84rem;
  font-variant-numeric: tabular-nums; text-decoration: none; background: var(--tint);
}
a.cite:hover { border-color: var(--accent); }
.unsure { color: var(--unsure); border-style: dashed; }
p, ul, ol, pre, table, blockquote { margin: 0 0 1em; }
li > p { margin-bottom: .4em; }
blockquote {
  padding-inline-start: 1em; border-inline-start: 3px solid var(--line); color: var(--soft);
  margin-inline: 0;
}
code { font: .9em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
:not(pre) > code { padding: .1em .35em; border-radius: .3em; background: var(--tint); }
pre { padding: .9rem 1rem; overflow-x: auto; border-radius: .5rem; background: var(--tint); }
table { border-collapse: collapse; display: block; overflow-x: auto; font-size: .96em; }
th, td { padding: .4rem .7rem; border: 1px solid var(--line); text-align: start; }
th { background: var(--tint); }
hr { border: 0; border-top: 1px solid var(--line); margin: 1.5em 0; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); }
@media print {
  :root { --paper: #fff; --ink: #000; --soft: #444; --line: #ccc; --tint: #f6f6f6;
    --accent: #1a4f8f; --unsure: #6b4a00; }
  body { max-width: none; padding: 0; font-size: 11pt; }
  .switch, nav { display: none; }
  section { border-top: 0; padding-top: 0; }
  h2 { break-after: avoid; }
  pre, blockquote, table, .cites { break-inside: avoid; }
}
"""
