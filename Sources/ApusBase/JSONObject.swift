/// The members of a JSON object in the order in which they were written.
///
/// Order is part of the value: two objects with the same members in another order are not equal. A document may repeat a name;
/// all its members are kept and counted, so that writing gives back what was read, and looking a name up finds the last one.
/// Small objects are searched from the end; from ``indexThreshold`` members on an index by name is kept, so that neither parsing
/// nor filling an object is quadratic. Removing from such an object rebuilds the index and costs time linear in its size.
package struct JSONObject: Sendable {
    private var members: [Member]
    private var index: [String: Int]?

    private static let indexThreshold = 24

    struct Member: Sendable, Hashable {
        let key: String
        var value: JSONValue
    }

    package init() {
        members = []
    }

    package init(_ members: [(String, JSONValue)]) {
        self.init(members: members.map { Member(key: $0.0, value: $0.1) })
    }

    init(members: [Member]) {
        self.members = members
        if members.count >= JSONObject.indexThreshold { rebuildIndex() }
    }

    package var count: Int { members.count }
    package var isEmpty: Bool { members.isEmpty }
    package var keys: [String] { members.map(\.key) }

    /// Reading finds the last member of that name. Writing replaces its value in place or appends a member; writing `nil` removes
    /// every member of that name. To store a JSON null, write `.some(.null)`.
    package subscript(key: String) -> JSONValue? {
        get { position(of: key).map { members[$0].value } }
        set {
            guard let newValue else { return remove(key) }
            if let position = position(of: key) {
                members[position].value = newValue
            } else {
                append(Member(key: key, value: newValue))
            }
        }
    }

    private func position(of key: String) -> Int? {
        if let index { return index[key] }
        return members.lastIndex { $0.key == key }
    }

    private mutating func append(_ member: Member) {
        members.append(member)
        if index != nil {
            index?[member.key] = members.count - 1
        } else if members.count >= JSONObject.indexThreshold {
            rebuildIndex()
        }
    }

    private mutating func remove(_ key: String) {
        guard position(of: key) != nil else { return }
        members.removeAll { $0.key == key }
        index = nil
        if members.count >= JSONObject.indexThreshold { rebuildIndex() }
    }

    private mutating func rebuildIndex() {
        var index: [String: Int] = [:]
        index.reserveCapacity(members.count)
        for (position, member) in members.enumerated() { index[member.key] = position }
        self.index = index
    }
}

extension JSONObject: Hashable {
    package static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.members == right.members
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(members)
    }
}

extension JSONObject: Sequence {
    package struct Iterator: IteratorProtocol {
        private var base: IndexingIterator<[Member]>

        fileprivate init(_ members: [Member]) {
            base = members.makeIterator()
        }

        package mutating func next() -> (key: String, value: JSONValue)? {
            base.next().map { ($0.key, $0.value) }
        }
    }

    package func makeIterator() -> Iterator { Iterator(members) }
    package var underestimatedCount: Int { members.count }
}

extension JSONObject: ExpressibleByDictionaryLiteral, CustomStringConvertible {
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init(elements)
    }

    package var description: String { JSONValue.object(self).serialized() }
}
