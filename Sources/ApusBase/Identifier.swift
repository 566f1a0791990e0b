/// A text id that belongs to one kind of thing: `Identifier<TurnTag>` and `Identifier<ItemTag>` cannot be mixed up.
///
/// The tag is only a name and is never instantiated. Ids are strings on the wire and nowhere else; what is a well-formed id is the
/// business of whoever makes or accepts it, any text can be wrapped.
package struct Identifier<Tag>: Hashable, Sendable, CustomStringConvertible, Comparable, ExpressibleByStringLiteral {
    package let rawValue: String

    package init(_ rawValue: String) {
        self.rawValue = rawValue
    }

    package init(stringLiteral value: String) {
        rawValue = value
    }

    package var description: String { rawValue }

    package static func < (left: Identifier, right: Identifier) -> Bool {
        left.rawValue < right.rawValue
    }
}
