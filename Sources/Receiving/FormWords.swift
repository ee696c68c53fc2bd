import HTTPTypes

/// What the hosted page says, in one language.
struct FormWords: Sendable, Hashable {
    /// The tag of the language.
    let language: String
    let title: String
    let lead: String
    let name: String
    let phone: String
    let email: String
    let message: String
    /// Beside the phone and the e-mail.
    let hint: String
    /// For the field that robots fill in, should a screen reader find it.
    let trap: String
    let send: String
    let sending: String
    let sent: String
    let sentText: String
    let again: String
    let noContact: String
    /// `{seconds}` is the time to wait.
    let tooMany: String
    let notNow: String
    let refused: String
    let missing: String

    /// The language that the browser likes best, else English.
    static func of(_ languages: WeightedChoices) -> FormWords {
        for choice in languages.choices where choice.weight > 0 {
            let language = choice.name.prefix { $0 != "-" }
            if let words = all.first(where: { $0.language == language }) { return words }
        }
        return english
    }

    /// What a person is told of a problem.
    func text(of problem: Problem) -> String {
        switch problem.reason {
        case ProblemKind.noContact.reason: noContact
        case "rate_limited":
            tooMany.replacing("{seconds}", with: problem.headers[.retryAfter] ?? "60")
        case "unknown_channel": missing
        default: problem.status == .serviceUnavailable ? notNow : refused
        }
    }

    private static let all = [english, ukrainian, russian]

    private static let english = FormWords(
        language: "en", title: "Contact us", lead: "Leave your details and we will get back to you.",
        name: "Name", phone: "Phone", email: "E-mail", message: "Message",
        hint: "A phone number or an e-mail address is enough.", trap: "Leave this field empty",
        send: "Send", sending: "Sending…", sent: "Thank you!",
        sentText: "Your message has arrived. We will get back to you soon.", again: "Send another message",
        noContact: "Please enter a phone number or an e-mail address, so that we can answer you.",
        tooMany:
            "That was too many messages at once. Please wait {seconds} s and press Send again: what you typed is still here.",
        notNow:
            "Your message could not be saved just now. Please press Send again in a moment: what you typed is still here.",
        refused: "We are sorry, this form cannot take your message.", missing: "There is no such form.")

    private static let ukrainian = FormWords(
        language: "uk", title: "Зв’яжіться з нами", lead: "Залиште свої контакти, і ми вам відповімо.",
        name: "Ім’я", phone: "Телефон", email: "Електронна пошта", message: "Повідомлення",
        hint: "Достатньо телефону або електронної пошти.", trap: "Залиште це поле порожнім",
        send: "Надіслати", sending: "Надсилаємо…", sent: "Дякуємо!",
        sentText: "Ваше повідомлення отримано. Невдовзі ми з вами зв’яжемося.",
        again: "Надіслати ще одне повідомлення",
        noContact: "Вкажіть, будь ласка, телефон або електронну пошту, щоб ми могли вам відповісти.",
        tooMany:
            "Забагато повідомлень одразу. Зачекайте {seconds} с і надішліть ще раз: усе введене залишилося у формі.",
        notNow:
            "Зараз не вдалося зберегти ваше повідомлення. Надішліть його ще раз за мить: усе введене залишилося у формі.",
        refused: "На жаль, ця форма не може прийняти ваше повідомлення.", missing: "Такої форми немає.")

    private static let russian = FormWords(
        language: "ru", title: "Свяжитесь с нами", lead: "Оставьте свои контакты, и мы вам ответим.",
        name: "Имя", phone: "Телефон", email: "Электронная почта", message: "Сообщение",
        hint: "Достаточно телефона или электронной почты.", trap: "Оставьте это поле пустым",
        send: "Отправить", sending: "Отправляем…", sent: "Спасибо!",
        sentText: "Ваше сообщение получено. Скоро мы с вами свяжемся.", again: "Отправить ещё одно сообщение",
        noContact: "Укажите, пожалуйста, телефон или электронную почту, чтобы мы могли вам ответить.",
        tooMany:
            "Слишком много сообщений сразу. Подождите {seconds} с и отправьте ещё раз: всё введённое осталось в форме.",
        notNow:
            "Сейчас не удалось сохранить ваше сообщение. Отправьте его ещё раз через минуту: всё введённое осталось в форме.",
        refused: "К сожалению, эта форма не может принять ваше сообщение.", missing: "Такой формы нет.")
}
