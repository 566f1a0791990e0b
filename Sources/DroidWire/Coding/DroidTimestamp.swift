package import ApusBase

/// A point in time as ISO 8601 with its zone (`droid.md` §0, 12). Only the zoned form can be made here; what a peer sent is kept as it came.
package struct DroidTimestamp: DroidValue, CustomStringConvertible {
    package let text: String

    /// `2026-03-01T09:05:07.042Z`
    package init(millisecondsSince1970 milliseconds: Int64) {
        let (days, inDay) = DroidTimestamp.divide(milliseconds, by: 86_400_000)
        let date = DroidTimestamp.civil(days)
        let parts = [inDay / 3_600_000, inDay / 60_000 % 60, inDay / 1_000 % 60].map { DroidTimestamp.padded($0, to: 2) }
        let day = [
            DroidTimestamp.padded(date.year, to: 4), DroidTimestamp.padded(date.month, to: 2), DroidTimestamp.padded(date.day, to: 2),
        ]
        text = day.joined(separator: "-") + "T" + parts.joined(separator: ":") + "." + DroidTimestamp.padded(inDay % 1_000, to: 3) + "Z"
    }

    package init(blank: DroidBlank) { text = "" }

    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        text = try String(from: json, reading)
    }

    package func write(into writer: inout JSONWriter) { writer.string(text) }
    package var description: String { text }

    /// Year, month and day of a number of days since 1970, by the Gregorian calendar; eras of 400 years begin in March.
    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = divide(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    /// Rounded down, so that times before 1970 are right too.
    private static func divide(_ value: Int64, by divisor: Int64) -> (Int64, Int64) {
        let rest = value % divisor
        return rest < 0 ? (value / divisor - 1, rest + divisor) : (value / divisor, rest)
    }

    private static func padded(_ value: Int64, to width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(width - digits.count, 0)) + digits
    }
}
