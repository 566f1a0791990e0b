/// Reads how long a provider asks us to wait.
enum RetryAfter {
    /// Never more than a day: a longer wait is not one that anybody waits out.
    private static let longest: Duration = .seconds(86_400)

    /// - Parameters:
    ///   - header: finds a response header by name.
    ///   - now: Unix time in seconds, for the form that names a date.
    static func read(_ header: (String) -> String?, now: Int64) -> Duration? {
        if let text = header("retry-after-ms"), let milliseconds = Double(text), milliseconds >= 0 {
            return min(.milliseconds(Int64(min(milliseconds, 1e9))), longest)
        }
        guard let text = header("retry-after")?.trimmingSpaces else { return nil }
        if let seconds = Double(text) { return seconds >= 0 ? min(.milliseconds(Int64(min(seconds, 1e6) * 1000)), longest) : nil }
        guard let date = unixTime(ofHTTPDate: text) else { return nil }
        return min(.seconds(max(date - now, 0)), longest)
    }

    /// Seconds since 1970 of an HTTP date (RFC 9110 §5.6.7): the form in use and the two obsolete ones.
    static func unixTime(ofHTTPDate text: String) -> Int64? {
        let parts = text.split { $0 == " " || $0 == "," || $0 == "-" }.map(String.init)
        let clock: String
        let (day, month, year): (Int?, Int?, Int?)
        if parts.count == 6, parts[5] == "GMT" {
            (day, month, clock) = (Int(parts[1]), monthNumber(parts[2]), parts[4])
            let written = Int(parts[3])
            // RFC 850 wrote two digits.
            year = parts[3].utf8.count == 2 ? written.map { $0 < 70 ? $0 + 2000 : $0 + 1900 } : written
        } else if parts.count == 5 {
            (month, day, clock, year) = (monthNumber(parts[1]), Int(parts[2]), parts[3], Int(parts[4]))
        } else {
            return nil
        }
        let time = clock.split(separator: ":").map { Int($0) ?? -1 }
        guard let day, let month, let year, (1...31).contains(day), (1970...9999).contains(year), time.count == 3 else { return nil }
        guard (0..<24).contains(time[0]), (0..<60).contains(time[1]), (0...60).contains(time[2]) else { return nil }
        return daysSince1970(year: year, month: month, day: day) * 86_400 + Int64(time[0] * 3600 + time[1] * 60 + time[2])
    }

    private static func monthNumber(_ name: String) -> Int? {
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"].firstIndex(of: name).map { $0 + 1 }
    }

    /// Counts whole years and the leap days among them, then the days of the months before.
    private static func daysSince1970(year: Int, month: Int, day: Int) -> Int64 {
        func leapDays(before year: Int) -> Int { (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        let years = (year - 1970) * 365 + leapDays(before: year) - leapDays(before: 1970)
        return Int64(years + lengths[..<(month - 1)].reduce(0, +) + day - 1)
    }
}

extension String {
    var trimmingSpaces: String {
        var rest = self[...]
        while let first = rest.first, first.isWhitespace { rest = rest.dropFirst() }
        while let last = rest.last, last.isWhitespace { rest = rest.dropLast() }
        return String(rest)
    }
}
