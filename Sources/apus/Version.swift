/// The one place that knows the version of this program; the changelog has a section for each.
enum Version {
    /// Semantic.
    static let number = "0.1.0"
    /// As printed.
    static let text = "apus \(number)"
}
