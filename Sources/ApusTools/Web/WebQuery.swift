/// What is asked of an address beside its text. A page is asked for plainly; a search engine of the user's own choice gets more.
struct WebQuery: Hashable, Sendable {
    var method = "GET"
    /// In place of those that ask for a page; lower case.
    var headers: [Header] = []
    var body: [UInt8] = []
    /// What is asked this way must answer by itself.
    var followsRedirects = true
    /// Goes to addresses that are not public, too: only where the user has said so in the settings.
    var allowsPrivateNetwork = false

    struct Header: Hashable, Sendable {
        var name: String
        var value: String

        init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    static let page = WebQuery()
}
