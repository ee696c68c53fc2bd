/// A header of choices with weights, as `Accept` and `Accept-Language` are (RFC 9110 §12.4.2).
struct WeightedChoices: Hashable {
    /// More than any browser sends.
    private static let limit = 32

    struct Choice: Hashable {
        /// Lower case.
        let name: String
        /// 0...1; 0 refuses.
        let weight: Double
    }
    /// The heaviest first, of equal ones in the order sent.
    let choices: [Choice]

    init(_ header: String?) {
        let parts = (header ?? "").split(separator: ",", maxSplits: WeightedChoices.limit)
        let read = parts.prefix(WeightedChoices.limit).compactMap { part -> Choice? in
            let pieces = part.lowercased().split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard let name = pieces.first, !name.isEmpty else { return nil }
            let stated = pieces.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 }
            return Choice(name: name, weight: min(max(stated ?? 1, 0), 1))
        }
        choices = read.enumerated().sorted { one, other in
            one.element.weight == other.element.weight
                ? one.offset < other.offset : one.element.weight > other.element.weight
        }.map(\.element)
    }

    /// The weight of a choice that is named in so many words; 0 if it is not.
    func weight(of name: String) -> Double { choices.first { $0.name == name }?.weight ?? 0 }
}
