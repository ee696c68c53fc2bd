import HTML
import Testing

@Suite("Text of HTML")
struct HTMLTextTests {
    @Test(
        "blocks, breaks, lists, cells and quotations keep their lines",
        arguments: [
            ("<p>One</p><p>Two</p>", "One\n\nTwo"), ("a<br>b<br><br>c", "a\nb\n\nc"),
            ("<div>a</div><div>b</div>", "a\nb"),
            ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
            (
                "<table><tr><td>Name</td><td>Ann</td></tr><tr><td>Tel</td><td>1</td></tr></table>",
                "Name\tAnn\nTel\t1"
            ),
            ("Yes<blockquote>old<br>words</blockquote>", "Yes\n\n> old\n> words"),
            ("<blockquote>a<blockquote>b</blockquote></blockquote>", "> a\n>\n> > b"),
            ("<pre>a\n  b</pre>", "a\nb"), ("Fish &amp; chips&nbsp;&lt;3 &#1087;", "Fish & chips <3 п"),
            ("  a \n  b  <b>c</b>d ", "a b cd"), ("plain", "plain"), ("", ""),
            ("<p>unclosed <b>bold", "unclosed bold"),
        ])
    func blocks(html: String, expected: String) {
        #expect(htmlText(html).text == expected)
    }

    @Test(
        "scripts, styles, pictures, hidden and technical parts are left out",
        arguments: [
            "<script>alert(1)</script>seen", "<style>p{}</style>seen",
            "<head><title>t</title></head><body>seen</body>",
            "<div style='display: none'>preview</div>seen",
            "<span style=\"font-size:0px; color:red\">x</span>seen",
            "<div hidden>x</div>seen", "<img src='https://t.example/open?id=1' width=1 height=1>seen",
            "<!-- comment -->seen",
            "<div style=\"DISPLAY:NONE !important\"><p>x<br></p></div>seen",
            "<img alt='Company logo' src=x>seen",
            "<o:p></o:p>seen", "<iframe src=x>y</iframe>seen",
        ])
    func unseen(html: String) {
        #expect(htmlText(html).text == "seen")
    }

    @Test("a link's address follows its words unless they say it; other schemes are left out")
    func links() {
        #expect(
            htmlText("<a href='https://example.com/a'>Price list</a>.").text
                == "Price list <https://example.com/a>.")
        #expect(
            htmlText("<a href='https://example.com/'>https://example.com</a>").text == "https://example.com")
        #expect(htmlText("<a href='mailto:ann@example.com'>ann@example.com</a>").text == "ann@example.com")
        #expect(htmlText("<a href='javascript:x()'>click</a>").text == "click")
        #expect(htmlText("<a href='https://example.com'><img src=x></a>after").text == "after")
    }

    @Test("a page's own charset is read from its head, and does not change how text is read")
    func charsets() {
        #expect(
            declaredCharset(inHTML: Array("<html><meta charset=\"windows-1251\">".utf8)) == "windows-1251")
        #expect(
            declaredCharset(inHTML: Array("<META http-equiv=x content='text/html; charset=koi8-r'>".utf8))
                == "koi8-r")
        #expect(declaredCharset(inHTML: Array("<p>charset=utf-8".utf8)) == nil)
        #expect(htmlText("<meta charset=windows-1251><p>Привет").text == "Привет")
    }

    @Test("deep, endless and broken pages end within their limits")
    func hostile() {
        for piece in [
            "<div>", "<b>", "</b>", "<blockquote>", "<table><tr><td>", "<a href=x>", "<p", "<!--", "&#",
            "<li>", "<b></i>", "&amp;",
        ] {
            let html = String(repeating: piece, count: 100_000)
            #expect(htmlText(html + "end", limit: 10_000).text.utf8.count <= 20_000)
        }
        #expect(htmlText(String(repeating: "<div>", count: 100_000) + "x").isCut)
        let long = htmlText(String(repeating: "word ", count: 100_000), limit: 1_000)
        #expect(long.isCut)
        #expect(htmlText("a\0b").text == "a b")
        var state: UInt64 = 5
        for _ in 0..<300 {
            let bytes = (0..<500).map { _ -> UInt8 in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let byte = UInt8(truncatingIfNeeded: state >> 33)
                return byte < 0x60 ? Array("<>/&;= \"'!-ab".utf8)[Int(byte) % 13] : byte
            }
            _ = htmlText(String(decoding: bytes, as: UTF8.self))
        }
    }
}
