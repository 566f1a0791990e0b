import ApusBase
import ApusCore

extension TurnRunner {
    /// The files that these calls are about to change, as they are now; those that this turn has kept already are left out. Each one counts
    /// a use of its blob, which belongs to the fact that will name it.
    func snapshots(before calls: [AccessGate.Permitted]) async -> [FileSnapshot] {
        guard let files = services.files else { return [] }
        let state = log.folded
        var known = Set(state.snapshots.lazy.filter { $0.message == input.message }.map(\.path))
        var room = ByteLimit.sessionSnapshotBytes - state.snapshotBytes
        var saved: [FileSnapshot] = []
        for path in calls.flatMap({ gate.writtenPaths(of: $0, state) }) where known.insert(path).inserted {
            let snapshot = await snapshot(of: path, in: files, room)
            if snapshot.content != nil { room -= snapshot.size }
            saved.append(snapshot)
        }
        return saved
    }

    /// For snapshots that no fact will name.
    func release(_ snapshots: [FileSnapshot]) async {
        // A use too many keeps bytes for too long, which is no reason to fail.
        for hash in snapshots.compactMap(\.content) { try? await services.blobs.release(hash) }
    }

    private func snapshot(of path: String, in files: any FileKeeping, _ room: Int) async -> FileSnapshot {
        var snapshot = FileSnapshot(message: input.message, path: path, content: nil, size: 0)
        switch await files.content(of: path, limit: ByteLimit.blobBytes) {
        case .missing(let folders): snapshot.missingFolders = folders
        case .obstacle(let words): snapshot.obstacle = words
        case .bytes(let bytes, let mode):
            snapshot.size = bytes.count
            snapshot.mode = mode
            if bytes.count > room {
                snapshot.obstacle = "the session keeps too much already"
                return snapshot
            }
            do throws(EventLogError) {
                snapshot.content = try await services.blobs.put(bytes)
            } catch {
                // The call may run all the same; a rewind says that it cannot bring this back.
                snapshot.obstacle = "could not be stored"
            }
        }
        return snapshot
    }
}

extension AccessGate {
    /// What the call will write, from the very input that will run.
    func writtenPaths(of permitted: Permitted, _ state: SessionState) -> [String] {
        if permitted.approval?.editedInput == nil { return permitted.writes }
        do throws(ToolInputError) {
            return try permitted.tool.access(for: permitted.call.input, in: context(for: permitted.call, state)).action.writtenPaths
        } catch {
            // Then it changes nothing either.
            return []
        }
    }
}

extension SessionState {
    /// What the kept files take, the same bytes once.
    var snapshotBytes: Int {
        var seen: Set<String> = []
        return snapshots.reduce(0) { sum, snapshot in
            guard let content = snapshot.content, seen.insert(content).inserted else { return sum }
            return sum + snapshot.size
        }
    }
}
