import ApusCore
import CSandbox

/// The bytes that tell the keeper what a command may reach (`KeeperProtocol.h`). No bytes mean no wall.
///
/// A path that is not absolute, or holds a NUL byte, throws: leaving a hidden place out silently would give it away.
func wallFrame(_ confinement: Confinement?, leavingOut leftOut: WallLayers = []) throws(SpawnError) -> [UInt8] {
    guard let confinement else { return [] }
    var places: [(kind: Int, path: String)] = []
    places += confinement.visible.map { (Int(APUS_PLACE_VISIBLE), $0) }
    places += confinement.writable.map { (Int(APUS_PLACE_WRITABLE), $0) }
    if let temporary = confinement.temporary { places.append((Int(APUS_PLACE_TEMPORARY), temporary)) }
    places += confinement.sockets.map { (Int(APUS_PLACE_SOCKET), $0) }
    places += confinement.protected.map { (Int(APUS_PLACE_PROTECTED), $0) }
    places += confinement.hidden.map { (Int(APUS_PLACE_HIDDEN), $0) }
    // The stricter word about one and the same place counts.
    var strictest: [String: Int] = [:]
    for place in places { strictest[place.path] = max(strictness(place.kind), strictest[place.path] ?? 0) }
    // To be seen and not to be changed is one thing, unless what is around can be changed: then it is held in its place as well.
    for path in confinement.visible where strictest[path] == strictness(Int(APUS_PLACE_PROTECTED)) && !isInside(path, confinement) {
        strictest[path] = strictness(Int(APUS_PLACE_VISIBLE))
    }
    places = places.filter { strictest[$0.path] == strictness($0.kind) }
    for (path, source) in confinement.standIns.sorted(by: { $0.key < $1.key }) {
        // One right behind the other.
        places += [(Int(APUS_PLACE_STAND_IN), path), (Int(APUS_PLACE_SOURCE), source)]
    }
    var body: [UInt8] = []
    for place in places { try append(place.path, Int32(place.kind), to: &body) }
    var flags = confinement.isRequired ? Int(APUS_WALL_REQUIRED) : 0
    if confinement.network == .open { flags |= Int(APUS_WALL_NETWORK) }
    let header = apus_wall_header(
        version: UInt32(APUS_WALL_VERSION), flags: UInt32(flags) | leftOut.rawValue << UInt32(APUS_WALL_LEFT_OUT_SHIFT),
        maximum_processes: UInt32(clamping: confinement.maximumProcesses),
        place_count: UInt32(places.count), maximum_written: UInt64(clamping: confinement.maximumWrittenBytes))
    return withUnsafeBytes(of: header) { Array($0) } + body
}

/// Whether something that can be changed is around it.
private func isInside(_ path: String, _ confinement: Confinement) -> Bool {
    confinement.writable.contains { path != $0 && path.hasPrefix($0.hasSuffix("/") ? $0 : $0 + "/") }
}

private func strictness(_ kind: Int) -> Int {
    switch kind {
    case Int(APUS_PLACE_HIDDEN): 5
    case Int(APUS_PLACE_PROTECTED): 4
    case Int(APUS_PLACE_TEMPORARY): 3
    case Int(APUS_PLACE_WRITABLE): 2
    default: 1
    }
}

private func append(_ path: String, _ kind: Int32, to body: inout [UInt8]) throws(SpawnError) {
    let bytes = Array(path.utf8)
    guard path.hasPrefix("/"), !bytes.contains(0), bytes.count < 4096 else {
        throw .invalidRequest("The place \"\(path)\" of the wall is not an absolute path of fewer than 4096 bytes; nothing was run.")
    }
    withUnsafeBytes(of: UInt32(kind)) { body.append(contentsOf: $0) }
    withUnsafeBytes(of: UInt32(bytes.count)) { body.append(contentsOf: $0) }
    body.append(contentsOf: bytes)
    body.append(0)
}
