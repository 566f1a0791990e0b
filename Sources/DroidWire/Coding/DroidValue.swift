package import ApusBase

/// Something that stands in a droid frame: it can be read from JSON and writes itself into bytes.
///
/// Both directions are here because three parties share the types: a server reads params and writes results, a client the reverse.
package protocol DroidValue: Hashable, Sendable {
    init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError)
    func write(into writer: inout JSONWriter)
}

/// How strictly a value is read.
package enum DroidReading: Hashable, Sendable {
    /// For params that a server is given (`droid.md` §3): unknown keys, unknown values of an enumeration and nulls where none is allowed
    /// are refused.
    case closed
    /// For what a client is given (`droid.md` §6.8): unknown keys are passed over, unknown values and blocks are kept as they are, a null
    /// or a malformed value where nothing is needed counts as absent. Only what is needed and cannot be read is an error.
    case lenient
}

/// Lets this module alone make a record whose members are about to be read.
package struct DroidBlank: Sendable {
    init() {}
}

/// An object with named members. One list of them, ``members(_:)``, serves reading, writing and the check for unknown keys, so that the
/// three cannot drift apart; its order is the order on the wire.
package protocol DroidRecord: DroidValue {
    /// A record with placeholders, filled by ``members(_:)`` right after.
    init(blank: DroidBlank)
    mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault)
}

/// A record of which no member is required.
package protocol DroidOpenRecord: DroidRecord {
    init()
}

extension DroidOpenRecord {
    package init(blank: DroidBlank) { self.init() }
}

extension DroidRecord {
    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        guard case .object(let object) = json else { throw .wrongType("an object", json) }
        try self.init(members: object, reading)
    }

    /// Reads the members; `tag` is the one that was read before to tell what kind of record this is.
    ///
    /// Not specialized, like its counterpart: a copy of ``members(_:)`` for each of some hundred records, optimized, costs minutes of a
    /// release build, and what is hot does not come this way (``DroidFrameWriter/assistantTextDelta(session:messageId:blockIndex:text:into:)``).
    @inline(never)
    @_semantics("optimize.sil.specialize.generic.never")
    package init(members object: JSONObject, besides tag: StaticString? = nil, _ reading: DroidReading) throws(DroidDecodingError) {
        self.init(blank: DroidBlank())
        var reader = DroidMemberReader(object, besides: tag, reading)
        try members(&reader)
        try reader.finish()
    }

    package func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writeMembers(into: &writer)
        writer.endObject()
    }

    @inline(never)
    @_semantics("optimize.sil.specialize.generic.never")
    package func writeMembers(into writer: inout JSONWriter) {
        var copy = self
        copy.members(&writer)
    }

    /// As an object that begins with the member which tells its kind.
    package func write(tagged key: StaticString, _ tag: String, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.field(key, tag)
        writeMembers(into: &writer)
        writer.endObject()
    }
}

extension DroidValue {
    /// The value alone, for tests and logs; frames are written by ``DroidFrameWriter``.
    package var json: String {
        var writer = JSONWriter()
        write(into: &writer)
        return writer.text
    }
}
