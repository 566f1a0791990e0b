import ApusBase
import ApusEngine
import ApusServer

/// Answers processes of the owner over the control socket.
struct ControlDesk: Sendable {
    let house: ListenerHouse
    let log: DaemonLog
    /// Given when the daemon shall end.
    let stopping: OneShot<Int32>
    /// Given when it has.
    let ended = OneShot<Bool>()

    func serve(_ peer: ControlPeer) async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                guard await ended.wait() != nil else { return }
                await peer.send(ControlAnswer.end)
                await peer.close()
            }
            await answer(peer)
            group.cancelAll()
        }
    }

    private func answer(_ peer: ControlPeer) async {
        var held: [OpenPort] = []
        for await message in peer.messages {
            switch ControlRequest(message) {
            case .status?: await peer.send(["ok": true, "status": house.status])
            case .stop?:
                await peer.send(["ok": true])
                log.write(.info, "asked to stop")
                stopping.give(0)
            case .listen(let request)?: await listen(request, peer, &held)
            case nil: await peer.send(ControlAnswer.failed("This daemon does not know that request; is it of an older version?"))
            }
        }
        // With the daemon itself they end by themselves.
        if stopping.value == nil { for port in held { await house.release(port) } }
    }

    private func listen(_ request: PortRequest, _ peer: ControlPeer, _ held: inout [OpenPort]) async {
        if let refusal = request.refusal { return await peer.send(ControlAnswer.failed(refusal)) }
        if stopping.value != nil { return await peer.send(ControlAnswer.failed("The daemon is stopping.")) }
        do throws(ListenerError) {
            let port = try await house.open(request)
            held.append(port)
            await peer.send(["ok": true, "url": .string(port.listener.url), "port": .integer(Int64(port.listener.port))])
        } catch {
            await peer.send(ControlAnswer.failed(error.description))
        }
    }
}
