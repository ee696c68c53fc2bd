import HTTPTypes

/// What the console says, in one language: the keys are the same in each.
struct ConsoleWords: Sendable {
    /// The tag of the language.
    let language: String
    let table: [String: String]

    subscript(key: String) -> String { table[key] ?? key }

    static let all = [english, ukrainian, russian]

    /// The language that the browser likes best of ours, else English.
    static func of(_ header: String?) -> ConsoleWords {
        for choice in (header ?? "").split(separator: ",").prefix(16) {
            let tag = choice.drop { $0 == " " }.prefix { $0 != "-" && $0 != ";" }.lowercased()
            if let words = all.first(where: { $0.language == tag }) { return words }
        }
        return english
    }

    private static let english = ConsoleWords(
        language: "en",
        table: [
            "now": "Now", "queue": "Queue", "leads": "Leads", "channels": "Channels", "log": "Log",
            "logout": "Log out",
            "login": "Log in", "name": "Name", "password": "Password", "search": "Phone or e-mail",
            "find": "Find",
            "refused": "The name or the password is not right.",
            "wait": "Too many tries. Please wait, seconds:",
            "away":
                "The database does not answer. Events are still taken in; this page comes back by itself.",
            "missing": "There is nothing here.", "forbidden": "Your role does not allow this.",
            "badForm": "The form has run out. Please go back and try again.",
            "failed": "Something went wrong here. It is in the log.",
            "received": "received", "done": "done", "ignored": "ignored", "dead": "dead",
            "rejected": "rejected",
            "queued": "waiting", "all": "all", "opened": "leads opened",
            "oldest": "oldest waits, s",
            "day": "last 24 hours", "channel": "Channel", "state": "State", "last": "Last event",
            "rhythm": "By hour",
            "verified": "Verified", "time": "Time", "status": "Status", "reason": "Reason",
            "attempts": "Tries",
            "nothing": "Nothing to show.", "older": "Older", "replay": "Replay",
            "rehearse": "What would come of it?",
            "replayed": "Put back into the queue:", "selected": "Replay the selected", "event": "Event",
            "request": "What arrived", "headers": "Headers", "body": "Body", "outcomes": "What came of it",
            "because": "Why", "card": "Card", "source": "Source", "person": "Person",
            "pipeline": "Pipeline",
            "points": "Contact points", "timeline": "History", "suggestions": "May be the same person",
            "adapter": "Adapter",
            "address": "Address to paste", "settings": "Settings", "hidden": "only an admin sees the token",
            "action": "Action", "subject": "About", "from": "From", "quiet": "quiet", "well": "working",
            "failing": "has dead letters", "waiting": "events wait", "retired": "retired",
            "never": "nothing yet",
            "due": "answer due",
            "would": "What would come of it",
            "open": "open", "won": "won", "lost": "lost", "spam": "spam", "duplicate": "duplicate",
            "details": "Details",
            "skip": "To the content",
        ])

    private static let ukrainian = ConsoleWords(
        language: "uk",
        table: [
            "now": "Зараз", "queue": "Черга", "leads": "Звернення", "channels": "Канали", "log": "Журнал",
            "logout": "Вийти",
            "login": "Увійти", "name": "Ім’я", "password": "Пароль", "search": "Телефон або e-mail",
            "find": "Знайти",
            "refused": "Ім’я або пароль неправильні.", "wait": "Забагато спроб. Зачекайте, секунд:",
            "away": "База даних не відповідає. Події й далі приймаються; ця сторінка повернеться сама.",
            "missing": "Тут нічого немає.", "forbidden": "Ваша роль цього не дозволяє.",
            "badForm": "Форма застаріла. Поверніться та спробуйте ще раз.",
            "failed": "Тут сталася помилка. Вона є в журналі.",
            "received": "отримано", "done": "опрацьовано", "ignored": "проігноровано", "dead": "мертві",
            "rejected": "відхилено",
            "queued": "чекають", "all": "усі", "opened": "нових звернень",
            "oldest": "найстаріша чекає, с",
            "day": "за 24 години", "channel": "Канал", "state": "Стан", "last": "Остання подія",
            "rhythm": "За годинами",
            "verified": "Перевірка", "time": "Час", "status": "Статус", "reason": "Причина",
            "attempts": "Спроби",
            "nothing": "Немає що показати.", "older": "Раніше", "replay": "Повторити",
            "rehearse": "Що б із цього вийшло?",
            "replayed": "Повернуто до черги:", "selected": "Повторити вибрані", "event": "Подія",
            "request": "Що надійшло", "headers": "Заголовки", "body": "Тіло", "outcomes": "Що з цього вийшло",
            "because": "Чому", "card": "Картка", "source": "Джерело", "person": "Людина",
            "pipeline": "Воронка",
            "points": "Контакти", "timeline": "Історія", "suggestions": "Можливо, та сама людина",
            "adapter": "Адаптер",
            "address": "Адреса для вставки", "settings": "Налаштування",
            "hidden": "токен бачить лише адміністратор",
            "action": "Дія", "subject": "Про що", "from": "Звідки", "quiet": "тихо", "well": "працює",
            "failing": "є мертві листи", "waiting": "події чекають", "retired": "вилучено",
            "never": "ще нічого",
            "due": "відповісти до",
            "would": "Що б із цього вийшло",
            "open": "відкрите", "won": "успішне", "lost": "втрачене", "spam": "спам", "duplicate": "дублікат",
            "details": "Подробиці",
            "skip": "До вмісту",
        ])

    private static let russian = ConsoleWords(
        language: "ru",
        table: [
            "now": "Сейчас", "queue": "Очередь", "leads": "Обращения", "channels": "Каналы", "log": "Журнал",
            "logout": "Выйти",
            "login": "Войти", "name": "Имя", "password": "Пароль", "search": "Телефон или e-mail",
            "find": "Найти",
            "refused": "Имя или пароль неверны.", "wait": "Слишком много попыток. Подождите, секунд:",
            "away": "База данных не отвечает. События по-прежнему принимаются; эта страница вернётся сама.",
            "missing": "Здесь ничего нет.", "forbidden": "Ваша роль этого не позволяет.",
            "badForm": "Форма устарела. Вернитесь и попробуйте ещё раз.",
            "failed": "Здесь произошла ошибка. Она есть в журнале.",
            "received": "получено", "done": "обработано", "ignored": "проигнорировано", "dead": "мёртвые",
            "rejected": "отклонено",
            "queued": "ждут", "all": "все", "opened": "новых обращений",
            "oldest": "старейшее ждёт, с",
            "day": "за 24 часа", "channel": "Канал", "state": "Состояние", "last": "Последнее событие",
            "rhythm": "По часам",
            "verified": "Проверка", "time": "Время", "status": "Статус", "reason": "Причина",
            "attempts": "Попытки",
            "nothing": "Нечего показать.", "older": "Раньше", "replay": "Повторить",
            "rehearse": "Что бы из этого вышло?",
            "replayed": "Возвращено в очередь:", "selected": "Повторить выбранные", "event": "Событие",
            "request": "Что пришло", "headers": "Заголовки", "body": "Тело", "outcomes": "Что из этого вышло",
            "because": "Почему", "card": "Карточка", "source": "Источник",
            "person": "Человек", "pipeline": "Воронка",
            "points": "Контакты", "timeline": "История", "suggestions": "Возможно, тот же человек",
            "adapter": "Адаптер",
            "address": "Адрес для вставки", "settings": "Настройки",
            "hidden": "токен видит только администратор",
            "action": "Действие", "subject": "О чём", "from": "Откуда", "quiet": "тихо", "well": "работает",
            "failing": "есть мёртвые письма", "waiting": "события ждут", "retired": "удалён",
            "never": "пока ничего",
            "due": "ответить до",
            "would": "Что бы из этого вышло",
            "open": "открыто", "won": "успешно", "lost": "потеряно", "spam": "спам", "duplicate": "дубликат",
            "details": "Подробности",
            "skip": "К содержанию",
        ])
}
