/// The pages. Everything that comes from outside is escaped by the template language; nothing is put in raw.
enum ConsoleTemplates {
    static let all = [
        "bar": bar, "script": script, "login": login, "note": note, "now": now, "figures": figures,
        "events": events,
        "event": event, "leads": leads, "card": card, "channels": channels, "log": log, "pager": pager,
    ]

    private static let bar = """
        <a class="skip" href="#content">{{w.skip}}</a>
        <header class="bar"><strong>Leadgate</strong>
        <nav aria-label="Leadgate">{{#menu}}<a href="{{href}}"{{#current}} aria-current="page"{{/current}}>{{text}}</a>{{/menu}}</nav>
        <form action="/console/find" method="get" role="search"><input name="q" type="search" required maxlength="200"
        aria-label="{{w.search}}" placeholder="{{w.search}}"><button>{{w.find}}</button></form>
        <span class="who">{{account}}</span>
        <form method="post" action="/console/logout"><input type="hidden" name="mark" value="{{mark}}"><button
        class="plain">{{w.logout}}</button></form></header>
        """

    private static let script = """
        <script nonce="{{csp_nonce}}">\(consoleScript)</script>
        """

    private static let pager = """
        {{#next}}<p><a href="{{next}}" rel="next">{{w.older}}</a></p>{{/next}}
        """

    private static let login = """
        {{<frame}}{{$content}}
        <form class="login" method="post" action="/console/login">
        <h1>Leadgate</h1>
        {{#problem}}<p class="notice bad" role="alert">{{problem}}</p>{{/problem}}
        <label for="name">{{w.name}}</label>
        <input id="name" name="name" autocomplete="username" required autofocus maxlength="100" value="{{name}}">
        <label for="password">{{w.password}}</label>
        <input id="password" name="password" type="password" autocomplete="current-password" required maxlength="1024">
        <button>{{w.login}}</button></form>
        {{/content}}{{/frame}}
        """

    private static let note = """
        {{<frame}}{{$content}}
        <div class="login"><h1>Leadgate</h1><p class="notice" role="alert">{{text}}</p>
        <a href="/console">{{w.now}}</a></div>
        {{/content}}{{/frame}}
        """

    private static let now = """
        {{<frame}}{{$content}}{{>bar}}
        <div class="page" id="content"><h1>{{w.now}}</h1>
        <div id="now" aria-live="off">{{>figures}}</div></div>
        {{>script}}{{/content}}{{/frame}}
        """

    /// Also sent alone, by the live stream.
    private static let figures = """
        <div class="tiles">{{#tiles}}<div class="tile"><b class="{{tone}}">{{value}}</b><span>{{text}}</span></div>{{/tiles}}</div>
        <div class="wide"><table><thead><tr><th scope="col">{{w.channel}}</th><th scope="col">{{w.state}}</th>
        <th scope="col">{{w.last}}</th><th scope="col">{{w.rhythm}}</th><th scope="col">{{w.queued}}</th>
        <th scope="col">{{w.oldest}}</th><th scope="col">{{w.dead}}</th><th scope="col">{{w.received}}</th>
        <th scope="col">{{w.rejected}}</th><th scope="col">{{w.verified}}</th></tr></thead><tbody>
        {{#channels}}<tr><th scope="row"><a href="/console/events?channel={{key}}">{{key}}</a></th>
        <td class="{{tone}}">{{state}}</td><td>{{#last}}<time datetime="{{last}}">{{last}}</time>{{/last}}</td>
        <td><svg class="spark" width="96" height="20" role="img" aria-label="{{total}}">{{#bars}}<rect x="{{x}}" y="{{y}}"
        width="3" height="{{height}}"></rect>{{/bars}}</svg></td>
        <td class="number">{{queued}}</td><td class="number">{{oldest}}</td><td class="number">{{#dead}}<a class="bad"
        href="/console/events?status=dead&amp;channel={{key}}">{{dead}}</a>{{/dead}}</td><td class="number">{{received}}</td>
        <td class="number">{{rejected}}</td><td class="quiet">{{verified}}</td></tr>{{/channels}}
        </tbody></table></div>
        """

    private static let events = """
        {{<frame}}{{$content}}{{>bar}}
        <div class="page" id="content"><h1>{{w.queue}}{{#channel}}: {{channel}}{{/channel}}</h1>
        {{#notice}}<p class="notice good" role="status">{{notice}}</p>{{/notice}}
        <nav class="filter" aria-label="{{w.status}}">{{#filters}}<a href="{{href}}"{{#current}}
        aria-current="true"{{/current}}>{{text}}</a>{{/filters}}</nav>
        {{^rows}}<p>{{w.nothing}}</p>{{/rows}}
        {{#hasRows}}<form method="post" action="/console/events/replay"><input type="hidden" name="mark" value="{{mark}}">
        <input type="hidden" name="back" value="{{here}}">
        <div class="wide"><table><thead><tr>{{#operates}}<th scope="col"></th>{{/operates}}<th scope="col">{{w.time}}</th>
        <th scope="col">{{w.channel}}</th><th scope="col">{{w.status}}</th><th scope="col">{{w.reason}}</th>
        <th scope="col">{{w.attempts}}</th><th scope="col">{{w.card}}</th></tr></thead><tbody>
        {{#rows}}<tr>{{#operates}}<td><input type="checkbox" name="id" value="{{id}}" aria-label="{{w.replay}} {{id}}"></td>{{/operates}}
        <td><a href="/console/events/{{id}}"><time datetime="{{at}}">{{at}}</time></a></td><td>{{channel}}</td>
        <td class="{{tone}}">{{status}}</td><td>{{reason}}</td><td class="number">{{attempts}}</td>
        <td>{{#card}}<a href="/console/cards/{{card}}">{{w.card}}</a>{{/card}}</td></tr>{{/rows}}
        </tbody></table></div>{{#operates}}<p><button>{{w.selected}}</button></p>{{/operates}}</form>{{/hasRows}}
        {{>pager}}</div>{{>script}}{{/content}}{{/frame}}
        """

    private static let event = """
        {{<frame}}{{$content}}{{>bar}}
        <div class="page" id="content"><h1>{{w.event}} <code>{{id}}</code></h1>
        {{#notice}}<p class="notice good" role="status">{{notice}}</p>{{/notice}}
        <div class="tiles">{{#tiles}}<div class="tile"><b class="{{tone}}">{{value}}</b><span>{{text}}</span></div>{{/tiles}}</div>
        <p><time datetime="{{at}}">{{at}}</time> · {{channel}} · {{adapter}} · {{verified}} · {{remote}}</p>
        {{#operates}}<form class="row" method="post" action="/console/events/replay"><input type="hidden" name="mark"
        value="{{mark}}"><input type="hidden" name="id" value="{{id}}"><input type="hidden" name="back"
        value="/console/events/{{id}}"><button>{{w.replay}}</button>
        <a class="button" href="/console/events/{{id}}?rehearse=1">{{w.rehearse}}</a></form>{{/operates}}
        {{#would}}<h2>{{w.would}}</h2><pre>{{would}}</pre>{{/would}}
        <h2>{{w.outcomes}}</h2>{{^outcomes}}<p>{{w.nothing}}</p>{{/outcomes}}
        <ol class="steps">{{#outcomes}}<li><span class="{{tone}}">{{status}}</span> {{reason}}
        <time datetime="{{at}}">{{at}}</time> {{#card}}<a href="/console/cards/{{card}}">{{w.card}}</a>{{/card}}
        <details><summary>{{w.because}}</summary><pre>{{because}}</pre></details></li>{{/outcomes}}</ol>
        <h2>{{w.request}}</h2><p><code>{{method}} {{tail}}{{#query}}?{{query}}{{/query}}</code></p>
        <details><summary>{{w.headers}}</summary><pre>{{headers}}</pre></details>
        <h2>{{w.body}}</h2><pre>{{body}}</pre></div>{{>script}}{{/content}}{{/frame}}
        """

    private static let leads = """
        {{<frame}}{{$content}}{{>bar}}
        <div class="page" id="content"><h1>{{w.leads}}</h1>
        <nav class="filter" aria-label="{{w.status}}">{{#filters}}<a href="{{href}}"{{#current}}
        aria-current="true"{{/current}}>{{text}}</a>{{/filters}}</nav>
        {{^rows}}<p>{{w.nothing}}</p>{{/rows}}
        {{#hasRows}}<div class="wide"><table><thead><tr><th scope="col">{{w.time}}</th><th scope="col">{{w.person}}</th>
        <th scope="col">{{w.status}}</th><th scope="col">{{w.source}}</th><th scope="col">{{w.pipeline}}</th>
        <th scope="col">{{w.due}}</th></tr></thead><tbody>
        {{#rows}}<tr><td><time datetime="{{at}}">{{at}}</time></td><td><a href="/console/cards/{{card}}">{{person}}</a></td>
        <td class="{{tone}}">{{status}}</td><td>{{source}}</td><td>{{pipeline}}</td>
        <td>{{#due}}<time datetime="{{due}}">{{due}}</time>{{/due}}</td></tr>{{/rows}}
        </tbody></table></div>{{/hasRows}}{{>pager}}</div>{{>script}}{{/content}}{{/frame}}
        """

    private static let card = """
        {{<frame}}{{$content}}{{>bar}}
        <div class="page" id="content"><h1>{{person}}</h1>{{#company}}<p class="quiet">{{company}}</p>{{/company}}
        <h2>{{w.points}}</h2><ul>{{#points}}<li><code>{{value}}</code> <span class="quiet">{{state}}{{#verified}},
        {{verified}}{{/verified}}</span></li>{{/points}}</ul>
        {{#hasSuggestions}}<h2>{{w.suggestions}}</h2><ul>{{#suggestions}}<li><a href="/console/cards/{{card}}">{{person}}</a>
        </li>{{/suggestions}}</ul>{{/hasSuggestions}}
        <h2>{{w.leads}}</h2><ul>{{#leads}}<li><time datetime="{{at}}">{{at}}</time> <span class="{{tone}}">{{status}}</span>
        {{source}}, {{pipeline}}</li>{{/leads}}</ul>
        <h2>{{w.timeline}}</h2><ol class="steps">{{#activities}}<li><div class="row"><time datetime="{{at}}">{{at}}</time>
        <strong>{{title}}</strong><span class="quiet">{{channel}}, {{direction}}</span>
        <a href="/console/events/{{event}}">{{w.event}}</a></div>{{#text}}<pre>{{text}}</pre>{{/text}}
        <details><summary>{{w.details}}</summary><pre>{{details}}</pre></details>
        <details><summary>{{w.because}}</summary><pre>{{because}}</pre></details></li>{{/activities}}</ol>
        {{>pager}}</div>{{>script}}{{/content}}{{/frame}}
        """

    private static let channels = """
        {{<frame}}{{$content}}{{>bar}}
        <div class="page" id="content"><h1>{{w.channels}}</h1>
        <ul class="steps">{{#channels}}<li><h2>{{key}} <span class="quiet">{{title}}</span></h2>
        {{#address}}<p>{{w.address}}: <code>{{address}}</code>{{#hidden}} <span class="quiet">({{w.hidden}})</span>{{/hidden}}</p>{{/address}}
        <p class="quiet">{{w.verified}}: {{verified}}{{#settings}} · {{settings}}{{/settings}}</p></li>{{/channels}}</ul></div>
        {{>script}}{{/content}}{{/frame}}
        """

    private static let log = """
        {{<frame}}{{$content}}{{>bar}}
        <div class="page" id="content"><h1>{{w.log}}</h1>
        {{^rows}}<p>{{w.nothing}}</p>{{/rows}}
        {{#hasRows}}<div class="wide"><table><thead><tr><th scope="col">{{w.time}}</th><th scope="col">{{w.name}}</th>
        <th scope="col">{{w.action}}</th><th scope="col">{{w.subject}}</th><th scope="col">{{w.from}}</th></tr></thead><tbody>
        {{#rows}}<tr><td><time datetime="{{at}}">{{at}}</time></td><td>{{account}}</td><td>{{action}}</td>
        <td><code>{{subject}}</code></td><td>{{remote}}</td></tr>{{/rows}}</tbody></table></div>{{/hasRows}}
        {{>pager}}</div>{{>script}}{{/content}}{{/frame}}
        """
}
