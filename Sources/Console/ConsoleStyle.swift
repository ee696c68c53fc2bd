/// One style for all pages: light and dark by the browser's wish, down to 320 px.
let consoleStyle = """
    :root { --ink: #16202e; --quiet: #515e75; --line: #d3dbe7; --paper: #fff; --ground: #f3f6fb; --accent: #1b59c4;
      --accent-ink: #fff; --bad: #a3162a; --warn: #8a5200; --good: #14713d; --row: #f7f9fd; }
    @media (prefers-color-scheme: dark) { :root { --ink: #e9eef6; --quiet: #a8b4c8; --line: #36425a; --paper: #182131;
      --ground: #0f1622; --accent: #84b0ff; --accent-ink: #0b1526; --bad: #ff9aa6; --warn: #ffc46b; --good: #7fdca6;
      --row: #1d283b; } }
    * { box-sizing: border-box; }
    body { margin: 0; font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--ground); }
    a { color: var(--accent); }
    .skip { position: absolute; left: -9999px; }
    .skip:focus { left: 1rem; top: .5rem; background: var(--paper); padding: .3rem .6rem; }
    header.bar { display: flex; flex-wrap: wrap; gap: .3rem 1rem; align-items: center; padding: .55rem 1rem;
      background: var(--paper); border-bottom: 1px solid var(--line); }
    header.bar strong { font-size: 1.05rem; }
    header.bar nav { display: flex; flex-wrap: wrap; gap: .2rem; }
    header.bar nav a { padding: .3rem .6rem; border-radius: .4rem; text-decoration: none; color: var(--ink); }
    header.bar nav a[aria-current] { background: var(--accent); color: var(--accent-ink); }
    header.bar form { display: flex; gap: .4rem; margin: 0; }
    header.bar .who { margin-left: auto; color: var(--quiet); }
    .page { max-width: 78rem; margin: 0 auto; padding: 1rem; }
    h1 { font-size: 1.35rem; margin: .2rem 0 .8rem; }
    h2 { font-size: 1.05rem; margin: 1.4rem 0 .5rem; }
    .tiles { display: grid; gap: .6rem; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); margin-bottom: 1rem; }
    .tile { background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; padding: .55rem .75rem; }
    .tile b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
    .tile span { color: var(--quiet); font-size: .85rem; }
    .wide { overflow-x: auto; background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; }
    table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
    th, td { text-align: left; padding: .42rem .65rem; border-top: 1px solid var(--line); vertical-align: top; }
    th { font-size: .8rem; color: var(--quiet); font-weight: 600; white-space: nowrap; }
    thead th { border-top: 0; }
    tbody tr:hover { background: var(--row); }
    td.number { text-align: right; }
    .bad { color: var(--bad); } .warn { color: var(--warn); } .good { color: var(--good); } .quiet { color: var(--quiet); }
    .filter { display: flex; flex-wrap: wrap; gap: .3rem; margin: 0 0 .8rem; }
    .filter a { padding: .2rem .6rem; border: 1px solid var(--line); border-radius: 1rem; text-decoration: none; background: var(--paper); }
    .filter a[aria-current] { background: var(--accent); color: var(--accent-ink); border-color: var(--accent); }
    ::placeholder { color: var(--quiet); opacity: 1; }
    input, select { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--quiet);
      border-radius: .4rem; padding: .3rem .5rem; }
    button, .button { font: inherit; font-weight: 600; color: var(--accent-ink); background: var(--accent); border: 0;
      border-radius: .4rem; padding: .35rem .8rem; cursor: pointer; text-decoration: none; display: inline-block; }
    button.plain { background: none; color: var(--accent); padding: .3rem; }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    pre { overflow-x: auto; margin: .3rem 0; padding: .7rem; background: var(--paper); border: 1px solid var(--line);
      border-radius: .5rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; max-height: 30rem; }
    .notice { padding: .6rem .8rem; border-left: 4px solid currentColor; background: var(--paper); margin: 0 0 1rem; }
    .login { max-width: 22rem; margin: 12vh auto 0; background: var(--paper); border: 1px solid var(--line);
      border-radius: .7rem; padding: 1.5rem; }
    .login label { display: block; font-weight: 600; margin: .6rem 0 .2rem; }
    .login input { width: 100%; padding: .5rem .6rem; }
    .login button { width: 100%; margin-top: 1rem; padding: .6rem; }
    .steps { list-style: none; margin: 0; padding: 0; }
    .steps > li { background: var(--paper); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .8rem; margin-bottom: .5rem; }
    .spark { display: block; } .spark rect { fill: var(--accent); }
    .row { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
    code { font-size: .9em; overflow-wrap: anywhere; }

    """

/// Shows times as the browser's owner reads them, and keeps the page Now live.
let consoleScript = """
    (function () {
      function local(root) {
        root.querySelectorAll("time").forEach(function (t) {
          var d = new Date(t.dateTime);
          if (!isNaN(d)) { t.title = t.dateTime; t.textContent = d.toLocaleString(document.documentElement.lang); }
        });
      }
      local(document);
      var now = document.getElementById("now");
      if (!now || !window.EventSource) return;
      var source = new EventSource("/console/live");
      source.onmessage = function (event) {
        now.innerHTML = JSON.parse(event.data);
        local(now);
      };
      source.onerror = function () { now.setAttribute("aria-busy", "true"); };
      source.onopen = function () { now.removeAttribute("aria-busy"); };
    })();

    """
