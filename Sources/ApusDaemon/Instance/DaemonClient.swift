package import ApusBase
import ApusServer

/// The running daemon of a home, as other processes of its owner see it.
package struct DaemonClient: Sendable {
    private let folder: DaemonFolder

    package init(_ folder: DaemonFolder) { self.folder = folder }

    package enum Status: Hashable, Sendable {
        case none
        case running(JSONValue)
        /// It has the home but says nothing.
        case silent
    }

    /// Asks the daemon; a starting or hanging one is waited for up to `limit`.
    package func status(within limit: Duration = .seconds(5)) async -> Status {
        let deadline = ContinuousClock.now + limit
        repeat {
            if let answer = await ask(.status, within: limit), let status = answer["status"] { return .running(status) }
            if !InstanceLock.isHeld(folder) { return .none }
            // Cancelled: nobody waits for the answer.
            guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { break }
        } while ContinuousClock.now < deadline
        return .silent
    }

    /// Asks it to end and waits until it has: false when there was none. Throws when it does not end in time.
    package func stop(within limit: Duration) async throws(DaemonFileError) -> Bool {
        let asked = await ask(.stop, within: limit, untilEnd: true)
        if asked == nil, !InstanceLock.isHeld(folder) { return false }
        let deadline = ContinuousClock.now + limit
        while InstanceLock.isHeld(folder) {
            guard ContinuousClock.now < deadline, (try? await Task.sleep(for: .milliseconds(10))) != nil else {
                throw DaemonFileError("The daemon did not end within \(limit.components.seconds) seconds; its log is \(folder.log).")
            }
        }
        return true
    }

    /// `nil` when nobody answers.
    private func ask(_ request: ControlRequest, within limit: Duration, untilEnd: Bool = false) async -> JSONValue? {
        guard let address = try? folder.controlAddress(), let peer = try? await ControlPeer.connect(to: address) else { return nil }
        let answer = await withTaskGroup(of: JSONValue?.self) { group in
            group.addTask {
                await peer.send(request.json)
                var first: JSONValue?
                for await message in peer.messages {
                    first = first ?? message
                    if !untilEnd { break }
                }
                return first
            }
            group.addTask {
                // Cancelled: the answer has come.
                try? await Task.sleep(for: limit)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        await peer.close()
        return answer
    }
}
