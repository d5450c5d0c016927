/** Style of the documentation page; follows the reader's light or dark setting. */
export const style = `
:root{color-scheme:light dark;--fg:#1c2024;--bg:#fff;--mute:#60646c;--line:#d9d9e0;--soft:#f4f4f7;--link:#0b5fbd}
@media (prefers-color-scheme:dark){:root{--fg:#edeef0;--bg:#111113;--mute:#b0b4ba;--line:#363a3f;--soft:#1b1c1f;--link:#70b8ff}}
*{box-sizing:border-box}
body{margin:0;color:var(--fg);background:var(--bg);font:15px/1.5 system-ui,sans-serif}
main{max-width:64rem;margin:0 auto;padding:1.5rem}
a{color:var(--link)}
h1{margin:0 0 .25rem;font-size:1.6rem}
h2{margin:2rem 0 .5rem;text-transform:capitalize}
h4{margin:1rem 0 .25rem}
code,pre{font:13px/1.45 ui-monospace,monospace}
pre{overflow:auto;padding:.75rem;background:var(--soft);border:1px solid var(--line);border-radius:6px}
p{margin:.25rem 0}
.mute,.limits,.access{color:var(--mute);font-size:.85em}
.tools{display:flex;gap:.75rem;margin:1rem 0;flex-wrap:wrap}
input{flex:1;min-width:12rem;padding:.5rem .75rem;font:inherit;color:inherit;background:var(--soft);border:1px solid var(--line);border-radius:6px}
details.op,details.schema{border:1px solid var(--line);border-radius:6px;margin:.4rem 0}
summary{cursor:pointer;padding:.5rem .75rem}
summary:focus-visible,input:focus-visible{outline:2px solid var(--link);outline-offset:1px}
.body{padding:0 1rem 1rem;border-top:1px solid var(--line)}
.method{display:inline-block;min-width:4.2rem;font:600 12px ui-monospace,monospace}
.get{color:#0b7a4b}.post{color:#0b5fbd}.patch,.put{color:#a15c00}.delete{color:#c62a2f}
@media (prefers-color-scheme:dark){.get{color:#3dd68c}.post{color:#70b8ff}.patch,.put{color:#ffb454}.delete{color:#ff9592}}
.path{font-weight:600}.sum{margin-left:.5rem}.access{float:right}
.req{color:#c62a2f;font-size:.75em;font-weight:600}
@media (prefers-color-scheme:dark){.req{color:#ff9592}}
table{border-collapse:collapse;width:100%;display:block;overflow-x:auto}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem .35rem 0;border-bottom:1px solid var(--line)}
`;

/** Script of the documentation page: the filter, and opening the section that a link leads to. */
export const script = `
const operations = [...document.querySelectorAll('details.op')];
document.getElementById('filter').addEventListener('input', (event) => {
  const words = event.target.value.toLowerCase().split(/\\s+/).filter(Boolean);
  for (const operation of operations) operation.hidden = !words.every((word) => operation.dataset.text.includes(word));
});
const open = () => {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) { target.open = true; target.scrollIntoView(); }
};
addEventListener('hashchange', open);
open();
`;
