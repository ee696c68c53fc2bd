import Contacts
import Letters
import Testing

@Suite("The words of a letter")
struct TextTests {
    private func text(_ words: String, _ headers: [String] = []) -> LetterText {
        reading(letter(["From: a@example.com"] + headers, words)).letter.text
    }

    @Test(
        "what is answered is set apart, by every program's mark",
        arguments: [
            "On Mon, Nov 24, 2026 at 8:45 PM Shop <sales@shop.example> wrote:\n> old",
            "On Mon, Nov 24, 2026 at 8:45 PM Shop\n<sales@shop.example> wrote:\n\n> old\n> words",
            "24.11.2026 20:45, Магазин пишет:\n> old",
            "пн, 24 нояб. 2026 г. в 20:45, Магазин <sales@shop.example>:\n\n> old",
            "24 листопада 2026 р. 20:45 Крамниця пише:\n> old",
            "Понедельник, 24 ноября 2026, 20:45 +03:00 от Shop <sales@shop.example>:\n> old",
            "-----Original Message-----\nFrom: Shop\nold", "-------- Исходное сообщение --------\nold",
            "--- Оригінальне повідомлення ---\nВід кого: Крамниця\nold",
            "________________________________\nFrom: Shop <sales@shop.example>\nSent: Monday\nTo: a@example.com\nSubject: Price\n\nold",
            "От: Shop\nОтправлено: 24 ноября\nКому: a@example.com\nТема: Цена\n\nold", "> old\n> words",
            "Від: Shop\nНадіслано: 24 листопада\nКому: a@example.com\nТема: Ціна\n\nold",
            "Am 24.11.2026 um 20:45 schrieb Shop:\n> old",
        ])
    func quotations(quotation: String) {
        let found = text("Yes, please.\n\n" + quotation)
        #expect(found.own == "Yes, please.")
        #expect(found.quoted.contains("old"))
        #expect(found.forwarded.isEmpty)
    }

    @Test("an answer below the quotation, and one between its lines, is kept")
    func below() {
        let below = text("On 24.11.2026 20:45 Shop wrote:\n> How many?\n> Tell us.\n\nFive, please.")
        #expect(below.own == "Five, please.")
        #expect(below.quoted.contains("How many?"))
        let between = text(
            "On 24.11.2026 20:45 Shop wrote:\n> How many?\nFive.\n> Which colour?\nRed.\n> Shop")
        #expect(between.own.contains("Five."))
        #expect(between.own.contains("Red."))
        #expect(between.own.contains("> Which colour?"))
    }

    @Test("words that only look like a mark are the letter's own")
    func noMarks() {
        for words in [
            "Here is what I wrote: 5 pieces.\nThanks", "From: where do you ship?\nThanks",
            "On Monday we talked about a > b.\nThanks", "Anna wrote:\nas agreed",
        ] {
            #expect(text(words).own == words)
        }
    }

    @Test(
        "a signature is set apart",
        arguments: [
            "-- \nAnna Lee\n067 123 45 67", "--\nAnna Lee", "Sent from my iPhone",
            "Отправлено из мобильной Почты Mail.ru",
            "Надіслано з iPhone", "С уважением,\nАнна Ли\nООО Ромашка", "З повагою,\nАнна",
            "Best regards,\nAnna Lee",
        ])
    func signatures(signature: String) {
        let found = text("Yes, please.\n\n" + signature + "\n\n> old")
        #expect(found.own == "Yes, please.")
        #expect(found.signature == signature)
        #expect(found.quoted == "> old")
    }

    @Test(
        "a letter sent on is recognised and is the words where there are no others",
        arguments: [
            "---------- Forwarded message ---------\nFrom: Vera <v@example.com>\nSubject: Price\n\nHow much?",
            "-------- Пересылаемое сообщение --------\n24.11.2026, Вера:\n\nHow much?",
            "Begin forwarded message:\n\nFrom: Vera\n\nHow much?",
            "---------- Переслане повідомлення ---------\nВід: Віра\n\nHow much?",
        ])
    func forwards(words: String) throws {
        let found = reading(letter(["From: a@example.com"], "FYI\n" + words))
        #expect(found.letter.isForward)
        #expect(found.letter.text.own == "FYI")
        #expect(found.letter.text.forwarded.contains("How much?"))
        let bare = try contact(reading(letter(["From: a@example.com", "Subject: Fwd: Price"], words)))
        #expect(bare.text?.contains("How much?") == true)
    }

    @Test("HTML, undeclared charsets and an alternative that says nothing give the words")
    func bodies() throws {
        let html = text("<p>Yes</p><blockquote>old</blockquote>", ["Content-Type: text/html"])
        #expect(html.own == "Yes")
        #expect(html.quoted == "> old")
        // windows-1251 without a word of it.
        let bytes =
            Array("From: a@example.com\n\n".utf8) + [
                0xCF, 0xF0, 0xE8, 0xE2, 0xE5, 0xF2, 0x2C, 0x20, 0xEC, 0xE8, 0xF0,
            ]
        #expect(reading(bytes).letter.text.own == "Привет, мир")
        let both = text(
            "--b\n\nHTML only\n--b\nContent-Type: text/html\n\n<p>Order 5: ten chairs, two tables, a lamp and a long description</p>\n--b--",
            ["Content-Type: multipart/alternative; boundary=b"])
        #expect(both.own.hasPrefix("Order 5"))
        let flowed = text("a long line \ngoes on\n> q \n> r", ["Content-Type: text/plain; format=flowed"])
        #expect(flowed.own == "a long line goes on")
    }
}
