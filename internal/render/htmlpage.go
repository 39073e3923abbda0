package render

// The constant parts of the page. A test holds the hashes to the texts, and a
// browser the colours to a contrast of 4.5 and the page to the width of a
// phone.
const (
	styleHash  = "sha256-xTyW5kDIxndi+LffYmt9+jmmwUmbF4gp3LmKUtTFFec="
	scriptHash = "sha256-WQXrTJUVD/g2t/GSW1qIG8FL9x101BZFueGPe6fzdIc="

	// pageSearch stays hidden until the script has run, and where there is
	// nothing to choose from.
	pageSearch = `<form id="find" role="search" hidden>
<label for="q">Search</label> <input id="q" type="search" autocomplete="off" spellcheck="false"
  placeholder="function, file, state, cause">
<button id="all" type="button">Open all</button> <button id="none" type="button">Close all</button>
<output id="hits" for="q"></output>
</form>
`

	// pageStyle folds out everything but the raw goroutines for print. Long
	// names break anywhere instead of making the page wider than the screen.
	pageStyle = `
:root { color-scheme: light dark; --bg: #fff; --card: #f6f8fa; --text: #1b1f24; --dim: #57606a; --line: #d0d7de;
--red: #b3261e; --pos: #0550ae; --code: #eaeef2; --bar: #8c959f }
@media (prefers-color-scheme: dark) {
:root { --bg: #0d1117; --card: #161b22; --text: #e6edf3; --dim: #9da7b3; --line: #30363d; --red: #b3261e;
--pos: #79c0ff; --code: #262c36; --bar: #6e7681 } }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 1rem; max-width: 76rem; background: var(--bg); color: var(--text);
font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { margin: 0; font-size: 1.5rem; line-height: 1.25 }
h2 { display: inline; margin: 0; font-size: 1rem; font-weight: 600 }
p { margin: .25rem 0 }
.tool, .sum, footer { color: var(--dim) }
.note { padding-left: .75rem; border-left: .25rem solid var(--line) }
.left { border-color: var(--red) }
section { margin: 1rem 0 }
section > h2, .full, .more { display: block; margin: 0 0 .25rem; font-size: 1.125rem }
table { width: 100%; border-collapse: collapse; font-size: .875rem }
th { color: var(--dim); font-weight: 400; text-align: left; white-space: nowrap }
th, td { padding: .2rem .6rem .2rem 0; border-bottom: 1px solid var(--line); vertical-align: baseline }
td { font-variant-numeric: tabular-nums }
.c { font-weight: 600; text-align: right; padding-right: 1.25rem }
@media (min-width: 60rem) { .t, td[data-l=Oldest], td[data-l=Memory], td[data-l=In] { white-space: nowrap } }
.spark { vertical-align: middle; fill: none; stroke: var(--pos); stroke-width: 1.5 }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); gap: 0 2rem }
.bars ul { margin: 0; padding: 0; list-style: none; font-size: .875rem }
.bars li { display: grid; grid-template-columns: 1fr auto; gap: 0 .75rem; margin-bottom: .35rem }
.bars svg { grid-column: 1 / -1; width: 100%; height: .5rem; background: var(--card) }
#graph div { overflow-x: auto }
#graph > div > svg { display: block; font-size: .8125rem }
#graph rect { fill: var(--card); stroke: var(--line) }
#graph text { fill: var(--text) }
#graph text + text { fill: var(--dim) }
#graph path { fill: none; stroke: var(--dim); stroke-width: 1.5 }
.sus { fill: var(--red); background: var(--red) }
.ok { fill: var(--bar); background: var(--bar) }
.legend { grid-column: 1 / -1; font-size: .875rem }
.legend i { display: inline-block; width: .75rem; height: .75rem; margin: 0 .25rem 0 .75rem }
form { position: sticky; top: 0; display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; padding: .5rem 0;
background: var(--bg); z-index: 1 }
[hidden] { display: none }
input { flex: 1 1 12rem; min-width: 0 }
input, button { padding: .25rem .6rem; font: inherit; color: inherit; background: var(--card);
border: 1px solid var(--line); border-radius: .4rem }
input::placeholder { color: var(--dim); opacity: 1 }
:focus-visible { outline: 2px solid var(--pos); outline-offset: 1px }
main { padding: .5rem 0 }
.f { margin: 0 0 .75rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
padding: .5rem .75rem; content-visibility: auto; contain-intrinsic-size: auto 3rem }
summary { cursor: pointer }
.f > summary { margin: -.5rem -.75rem; padding: .5rem .75rem }
.f[open] > summary { margin-bottom: 0 }
.f[open] > summary .where { display: none }
.where { color: var(--dim); font-size: .875rem; margin-left: .5rem }
.n { font-variant-numeric: tabular-nums }
.proven { margin-left: .25rem; padding: .1rem .5rem; background: var(--red); color: #fff; border-radius: 1rem;
font-size: .8125rem; font-weight: 600; white-space: nowrap }
.grade { margin-left: .25rem; padding: .1rem .5rem; border: 1px solid var(--line); color: var(--dim);
border-radius: 1rem; font-size: .8125rem; font-weight: 600; white-space: nowrap }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem }
a { color: var(--pos) }
.act { position: static }
.act span { flex: 1 1 12rem; color: var(--dim); font-size: .875rem }
:disabled { color: var(--dim); border-style: dashed }
dl { scroll-margin-top: 7rem; display: grid; grid-template-columns: 4.5rem 1fr; gap: .25rem .75rem;
margin: .25rem 0 .5rem }
dt { color: var(--dim) }
dd { margin: 0; min-width: 0 }
dd b { font-weight: 600 }
code, pre, .pos, .fn { font: .875rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace }
code { padding: .1rem .3rem; background: var(--code); border-radius: .25rem }
.pos { color: var(--pos) }
dd > :not(:last-child) { margin-right: .5rem }
.f details > summary { color: var(--dim); font-size: .875rem }
.stack { margin: .25rem 0; padding-left: 2.5rem }
.std, .std .pos { color: var(--dim) }
pre { margin: .25rem 0; white-space: pre-wrap }
.more { padding: 0; margin: 1rem 0 .25rem; list-style: none }
.more li { padding: .2rem 0; border-top: 1px solid var(--line); content-visibility: auto;
contain-intrinsic-size: auto 2rem }
@media (max-width: 34rem) {
body { padding: .75rem }
dl { display: block }
dt { font-size: .875rem }
dd { margin-bottom: .35rem }
h1 { font-size: 1.25rem }
thead { display: none }
table, tbody { display: block }
tr { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 .75rem; padding: .4rem 0;
border-bottom: 1px solid var(--line) }
td { padding: 0; border: 0 }
td:empty { display: none }
.w .fn { display: block }
.k, .w { flex: 1 1 100% }
.c { order: -1 }
.k { order: -2 }
td[data-l]:not(.t)::before { content: attr(data-l) " "; color: var(--dim) } }
@media print {
:root { --bg: #fff; --card: #fff; --text: #000; --dim: #444; --line: #999; --pos: #000; --code: #fff }
form, .raw { display: none }
.sus { fill: #000 }
details::details-content { display: block; content-visibility: visible; block-size: auto }
.f, .more li { content-visibility: visible; break-inside: avoid }
.proven { background: none; color: #000; border: 1px solid #000 }
}
`

	// pageScript shows what holds all words of the search. The texts are
	// gathered at the first key, since most pages are never searched.
	pageScript = `
(() => {
  const find = document.getElementById("find"), q = document.getElementById("q"),
    hits = document.getElementById("hits"), over = document.querySelectorAll("#over, #graph, .pictures");
  const items = [...document.querySelectorAll("[data-f]")];
  let texts;
  const search = () => {
    texts ??= items.map(item => item.textContent.toLowerCase());
    const words = q.value.toLowerCase().split(/\s+/).filter(word => word);
    let n = 0;
    items.forEach((item, i) => {
      item.hidden = !words.every(word => texts[i].includes(word));
      n += item.hidden ? 0 : 1;
    });
    over.forEach(part => { part.hidden = words.length > 0 });
    hits.value = words.length ? n + " of " + items.length + " kinds" : "";
  };
  const open = on => document.querySelectorAll("details.f").forEach(f => { f.open = on });
  q.addEventListener("input", search);
  find.addEventListener("submit", event => event.preventDefault());
  document.getElementById("all").addEventListener("click", () => open(true));
  document.getElementById("none").addEventListener("click", () => open(false));
  find.hidden = items.length < 2;
})();
`
)
