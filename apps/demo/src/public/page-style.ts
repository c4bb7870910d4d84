export const STYLE = `
:root { color-scheme: light dark; --back: #f6f7f9; --card: #fff; --text: #1c2330; --soft: #4a5568; --line: #c9d0da; --accent: #0b57a8; --on: #fff;
  --good: #12693a; --bad: #a81818; --wait: #7a4b00; }
@media (prefers-color-scheme: dark) {
  :root { --back: #12161d; --card: #1b212b; --text: #eef1f5; --soft: #b8c1ce; --line: #3c4656; --accent: #8cc1ff; --on: #0e1420;
    --good: #7fdca6; --bad: #ff9d9d; --wait: #f2c879; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 1.5rem 1rem 3rem; background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 0 0 .5rem; }
h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
p { margin: .5rem 0; }
a { color: var(--accent); }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 1rem; margin-top: 1rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.25rem; min-width: 0; }
section:first-child { grid-row: span 2; }
.wide { grid-column: 1 / -1; }
.state { border-left: .35rem solid var(--wait); padding: .4rem .75rem; margin: .5rem 0 1rem; }
.state.up { border-color: var(--good); }
.state.down { border-color: var(--bad); }
.badge { display: inline-block; padding: 0 .5rem; border-radius: .25rem; font-weight: 700; color: var(--card); background: var(--wait); }
.up .badge { background: var(--good); }
.down .badge { background: var(--bad); }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: var(--soft); font-size: .9rem; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); }
.number { text-align: right; font-variant-numeric: tabular-nums; }
ol { margin: .25rem 0; padding-left: 1.25rem; font-size: .9rem; color: var(--soft); }
button { font: inherit; font-weight: 600; padding: .35rem .8rem; border: 1px solid var(--accent); border-radius: .35rem; background: var(--accent);
  color: var(--on); cursor: pointer; }
button[aria-pressed=true] { background: var(--card); color: var(--accent); }
button:disabled { opacity: .6; cursor: wait; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.fields { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; }
select, input { font: inherit; padding: .3rem .4rem; border: 1px solid var(--soft); border-radius: .3rem; background: var(--card); color: var(--text); }
input { width: 7rem; }
.value { font-size: 1.5rem; margin-left: .5rem; font-variant-numeric: tabular-nums; }
code, pre { font: .92rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
#line { padding: .3rem .6rem; border: 1px solid var(--line); border-radius: .3rem; user-select: all; overflow-wrap: anywhere; }
pre { margin: 0; overflow-x: auto; }
`;
