// Sources: Sources/DroidWire/*/*.swift
// Optimize: -Onone

/// Whatever bytes come, each piece of them is a frame or a fault; what is a frame can be asked for every type of its method, and what
/// those read can be written and read again as the same.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDroidFrame(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = fuzzInput(start, count)
    let pieces = DroidFrameSplitter.pieces(of: bytes)
    var end = 0
    for piece in pieces {
        require(piece.lowerBound >= end && !piece.isEmpty && piece.upperBound <= bytes.count, "pieces overlap or are empty: \(pieces)")
        end = piece.upperBound
    }
    for result in DroidFrame.all(in: bytes, .closed) {
        switch result {
        case .failure(let fault):
            require(DroidErrorCode.known.contains(fault.failure.code), "a code that is not ours: \(fault)")
            require(fault.id != "", "an empty id")
        case .success(.request(let request)):
            guard let (method, family) = DroidMethod.named(request.method), let params = method.entry.params else { continue }
            read(params, request, family)
        case .success(.response(let response)):
            readResults(of: response)
        case .success(.notification(let notification)):
            readNotification(notification)
        }
    }
    // A client takes more than a server; it must only not fall over.
    for case .success(.notification(let notification)) in DroidFrame.all(in: bytes, .lenient) { readNotification(notification) }
    return 0
}

private func read<Params: DroidParams>(_ type: Params.Type, _ request: DroidRequest, _ family: DroidFamily) {
    guard let call: DroidCall<Params> = try? request.call(family) else { return }
    let bytes = DroidFrameWriter(family).bytes { $0.request(id: request.id, call, meta: request.meta, into: &$1) }
    guard case .request(let again)? = try? DroidFrame(parsing: bytes, .closed), let second: DroidCall<Params> = try? again.call(family)
    else {
        fatalError("what was written is not read: \(String(decoding: bytes, as: UTF8.self))")
    }
    require(second == call, "\(call) became \(second)")
}

private func readResults(of response: DroidResponse) {
    for entry in DroidMethod.table {
        guard let params = entry.params else { continue }
        func read<Params: DroidParams>(_ type: Params.Type) {
            if let result = try? response.result(Params.Result.self) { _ = result.json }
        }
        read(params)
    }
}

private func readNotification(_ notification: DroidNotification) {
    guard let params = try? SessionNotificationParams(from: .object(notification.params), .lenient) else { return }
    let text = params.json
    guard let json = try? JSONValue(parsing: text), let again = try? SessionNotificationParams(from: json, .lenient) else {
        fatalError("what was written is not read: \(text)")
    }
    require(again.json == text, "\(text) became \(again.json)")
}
