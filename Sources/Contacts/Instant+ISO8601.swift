extension Instant {
    /// The years that a text can say.
    private static let first = Calendar.days(year: 1, month: 1, day: 1) * Calendar.microsecondsPerDay
    private static let last = Calendar.days(year: 10_000, month: 1, day: 1) * Calendar.microsecondsPerDay - 1

    /// `2026-01-15T08:20:30.000000Z`: always six digits and `Z`, so texts sort like the instants.
    ///
    /// Before year 1 and after year 9999 the nearest end of that span is written.
    public var iso8601: String {
        let clamped = min(max(microseconds, Instant.first), Instant.last)
        var day = clamped / Calendar.microsecondsPerDay
        var rest = clamped % Calendar.microsecondsPerDay
        if rest < 0 {
            rest += Calendar.microsecondsPerDay
            day -= 1
        }
        let (year, month, dayOfMonth) = Calendar.date(day: day)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(27)
        func put(_ value: Int64, _ width: Int, _ after: UInt8) {
            var divisor: Int64 = 1
            for _ in 1..<width { divisor *= 10 }
            while divisor > 0 {
                bytes.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
                divisor /= 10
            }
            bytes.append(after)
        }
        put(year, 4, UInt8(ascii: "-"))
        put(month, 2, UInt8(ascii: "-"))
        put(dayOfMonth, 2, UInt8(ascii: "T"))
        put(rest / 3_600_000_000, 2, UInt8(ascii: ":"))
        put(rest / 60_000_000 % 60, 2, UInt8(ascii: ":"))
        put(rest / 1_000_000 % 60, 2, UInt8(ascii: "."))
        put(rest % 1_000_000, 6, UInt8(ascii: "Z"))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// RFC 3339: a date, `T` or a blank, a time with or without a fraction (cut after six digits), then `Z` or an
    /// offset (`+02:00`, `+0200`, `+02`). A leap second counts as the second after it.
    ///
    /// Nil for anything else: a day that does not exist, no offset, a year beyond 1...9999.
    public init?(iso8601 text: String) {
        var reader = Reader(rest: Substring(text).utf8)
        guard let year = reader.digits(4), reader.take("-"), let month = reader.digits(2), reader.take("-"),
            let day = reader.digits(2), reader.take("T") || reader.take("t") || reader.take(" "),
            let hour = reader.digits(2), reader.take(":"), let minute = reader.digits(2), reader.take(":"),
            let second = reader.digits(2), let fraction = reader.fraction(), let offset = reader.offset(),
            reader.rest.isEmpty
        else { return nil }
        guard year >= 1, (1...12).contains(month), day >= 1, day <= Calendar.length(year: year, month: month),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        let days = Calendar.days(year: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset
        let value = seconds * 1_000_000 + fraction
        guard value >= Instant.first, value <= Instant.last else { return nil }
        microseconds = value
    }
}

/// Takes a time's text apart from its front.
private struct Reader {
    var rest: Substring.UTF8View

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let byte = rest.first, UInt32(byte) == character.value else { return false }
        rest = rest.dropFirst()
        return true
    }

    mutating func digits(_ count: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<count {
            guard let byte = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else {
                return nil
            }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
            rest = rest.dropFirst()
        }
        return value
    }

    /// In microseconds; 0 if there is none, nil if there is a point without digits.
    mutating func fraction() -> Int64? {
        guard take(".") || take(",") else { return 0 }
        var value: Int64 = 0
        var count = 0
        while let digit = digits(1) {
            if count < 6 { value = value * 10 + digit }
            count += 1
        }
        guard count > 0 else { return nil }
        while count < 6 {
            value *= 10
            count += 1
        }
        return value
    }

    /// East of Greenwich, in seconds.
    mutating func offset() -> Int64? {
        if take("Z") || take("z") { return 0 }
        let sign: Int64
        if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
        guard let hours = digits(2), hours < 24 else { return nil }
        if rest.isEmpty { return sign * hours * 3_600 }
        _ = take(":")
        guard let minutes = digits(2), minutes < 60 else { return nil }
        return sign * (hours * 3_600 + minutes * 60)
    }
}

/// The Gregorian calendar, counted in days since 1970-01-01.
private enum Calendar {
    static let microsecondsPerDay: Int64 = 86_400_000_000

    static func length(year: Int64, month: Int64) -> Int64 {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    /// Years begin in March here, so that the leap day is the last one.
    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    static func date(day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
