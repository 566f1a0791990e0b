import ApusBase
import ApusEngine
import ApusServer

/// A second server on a home that a daemon owns: that daemon opens the ports, and this process stays for as long as it lives,
/// because those who start one take an early exit for a failure.
struct Attachment: Sendable {
    enum Result: Sendable {
        /// With this exit code.
        case ended(Int32)
        /// The home is free again.
        case ownerIsGone
    }

    let folder: DaemonFolder
    let setting: ServeSetting
    let stopping: OneShot<Int32>
    let announce: @Sendable (String) -> Void

    func run() async -> Result {
        guard let peer = await connect() else {
            if stopping.value != nil { return .ended(0) }
            if !InstanceLock.isHeld(folder) { return .ownerIsGone }
            announce("A daemon owns \(folder.path) but does not answer. Look at \(folder.log), or end it with `apus daemon stop`.")
            return .ended(1)
        }
        return await withTaskGroup(of: Result?.self) { group in
            group.addTask { await follow(peer) }
            group.addTask { await stopping.wait() == nil ? nil : .ended(0) }
            // The first that has something to say.
            let first = await group.next() ?? nil
            group.cancelAll()
            await peer.close()
            return first ?? .ended(0)
        }
    }

    /// The owner may just be starting.
    private func connect() async -> ControlPeer? {
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline, stopping.value == nil {
            if let address = try? folder.controlAddress(), let peer = try? await ControlPeer.connect(to: address) { return peer }
            if !InstanceLock.isHeld(folder) { return nil }
            // Cancelled: the caller is gone.
            guard (try? await Task.sleep(for: .milliseconds(20))) != nil else { return nil }
        }
        return nil
    }

    private func follow(_ peer: ControlPeer) async -> Result? {
        for port in setting.ports { await peer.send(ControlRequest.listen(port).json) }
        // Answered in the order in which they were asked for.
        var waiting = setting.ports[...]
        for await message in peer.messages {
            if message["event"] == "end" { return waiting.isEmpty ? .ended(0) : .ownerIsGone }
            if message["ok"] == true, let url = message["url"]?.stringValue, let port = message["port"]?.integerValue {
                if let request = waiting.popFirst() { setting.ready(request, url, Int(port)) }
            } else if message["ok"] == false {
                announce(message["error"]?.stringValue ?? "The daemon that owns this home did not open the port.")
                return .ended(1)
            }
        }
        if Task.isCancelled { return nil }
        if !waiting.isEmpty { return .ownerIsGone }
        announce("The daemon that owned this home ended without saying so. Its log is \(folder.log).")
        return .ended(1)
    }
}
