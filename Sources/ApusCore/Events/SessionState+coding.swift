package import ApusBase

extension Response: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = [
            "type": "response", "message": .string(message.rawValue), "turn": .string(turn.rawValue),
            "blocks": .array(
                blocks.map { block in
                    guard case .object(var item) = block.item.encoded() else { return block.item.encoded() }
                    if block.isInterrupted { item["interrupted"] = true }
                    return .object(item)
                }),
            "outcomes": .array(outcomes.map { $0.encoded() }),
        ]
        if let end { object["end"] = end.encoded() }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        var blocks: [Block] = []
        for block in try value.raw("blocks").arrayValue ?? [] {
            blocks.append(Block(item: try Item(decoding: block), isInterrupted: block["interrupted"]?.boolValue ?? false))
        }
        self.init(
            message: MessageID(try value.text("message")), turn: TurnID(try value.text("turn")), blocks: blocks,
            outcomes: try value.decodeList("outcomes"), end: try value.decodeIfPresent("end"))
    }
}

extension TranscriptEntry: StoredForm {
    package func encoded() -> JSONValue {
        switch self {
        case .user(let message, let turn, let text, let media):
            var object: JSONObject = [
                "type": "user", "message": .string(message.rawValue), "turn": .string(turn.rawValue), "text": .string(text),
            ]
            object.set(media: media)
            return .object(object)
        case .context(let message, let note):
            return ["type": "context", "message": .string(message.rawValue), "source": .string(note.source), "text": .string(note.text)]
        case .response(let response): return response.encoded()
        }
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        let type = try value.text("type")
        switch type {
        case "user":
            self = .user(
                MessageID(try value.text("message")), TurnID(try value.text("turn")), try value.text("text"), media: try value.media())
        case "context": self = .context(MessageID(try value.text("message")), try ContextNote(decoding: value))
        case "response": self = .response(try Response(decoding: value))
        default: throw DecodingFault("Unknown transcript entry \"\(type)\"")
        }
    }
}

extension SessionState.RunningTurn: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = ["input": input.encoded(), "model": .string(model), "startedAt": .integer(startedAt)]
        if takeOvers > 0 { object["takeOvers"] = .integer(Int64(takeOvers)) }
        if isCancelled { object["isCancelled"] = true }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            input: try value.decode("input"), model: try value.text("model"), startedAt: Timestamp(try value.integer("startedAt")),
            takeOvers: Int(value["takeOvers"]?.integerValue ?? 0), isCancelled: value["isCancelled"]?.boolValue ?? false)
    }
}

extension SessionState.OpenItem: StoredForm {
    package func encoded() -> JSONValue {
        [
            "id": .string(id.rawValue), "message": .string(message.rawValue), "channel": .string(channel.rawValue),
            "text": .string(text),
        ]
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            id: ItemID(try value.text("id")), message: MessageID(try value.text("message")),
            channel: try value.choice("channel"), text: try value.text("text"))
    }
}

/// The snapshot form. Also what `apus sessions show --json` prints.
extension SessionState: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = [
            "header": header.encoded(), "settings": settings.encoded(), "title": .string(title),
            "lastEvent": .integer(lastEvent), "updatedAt": .integer(updatedAt), "usage": usage.encoded(),
            "transcript": .array(transcript.map { $0.encoded() }), "todos": .array(todos.map { $0.encoded() }),
            "files": .array(files.values.sorted { $0.path < $1.path }.map { $0.encoded() }),
            "queue": .array(queue.map { $0.encoded() }), "openItems": .array(openItems.map { $0.encoded() }),
            "openIntents": .array(openIntents.map { $0.encoded() }),
            "receipts": .array(
                receipts.sorted { $0.key < $1.key }.map { key, receipt in
                    var object: JSONObject = [
                        "key": .string(key), "turn": .string(receipt.turn.rawValue), "prompt": .string(receipt.prompt),
                    ]
                    object.set(media: receipt.media)
                    return .object(object)
                }),
        ]
        for (name, loaded) in [("loadedSkills", loadedSkills), ("loadedTools", loadedTools)] where !loaded.isEmpty {
            object[name] = .array(loaded.map { .string($0) })
        }
        if !processes.isEmpty { object["processes"] = .array(processes.map { $0.encoded() }) }
        if !openProcesses.isEmpty { object["openProcesses"] = .array(openProcesses.map { $0.encoded() }) }
        if !children.isEmpty { object["children"] = .array(children.map { $0.encoded() }) }
        if childUsage != .zero { object["childUsage"] = childUsage.encoded() }
        if !openApprovals.isEmpty { object["openApprovals"] = .array(openApprovals.map { $0.encoded() }) }
        if !decisions.isEmpty { object["decisions"] = .array(decisions.map { $0.encoded() }) }
        if !grants.isEmpty { object["grants"] = .array(grants.map { $0.encoded() }) }
        if !openQuestions.isEmpty { object["openQuestions"] = .array(openQuestions.map { $0.encoded() }) }
        if !settledQuestions.isEmpty { object["settledQuestions"] = .array(settledQuestions.map { $0.encoded() }) }
        if !hookJudgements.isEmpty { object["hookJudgements"] = .array(hookJudgements.map { $0.encoded() }) }
        if !snapshots.isEmpty { object["snapshots"] = .array(snapshots.map { $0.encoded() }) }
        if let compaction { object["compaction"] = compaction.encoded() }
        if visibleFrom > 0 { object["visibleFrom"] = .integer(Int64(visibleFrom)) }
        if !visibleHead.isEmpty {
            object["visibleHead"] = [.integer(Int64(visibleHead.lowerBound)), .integer(Int64(visibleHead.upperBound))]
        }
        if isCompacting { object["compacting"] = true }
        if compactedAt > 0 { object["compactedAt"] = .integer(Int64(compactedAt)) }
        if let archivedAt { object["archivedAt"] = .integer(archivedAt) }
        if let running { object["running"] = running.encoded() }
        if let stoppedEarly { object["stoppedEarly"] = .string(stoppedEarly.rawValue) }
        if let lastTurn { object["lastTurn"] = lastTurn.encoded() }
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        let header: SessionHeader = try value.decode("header")
        self.init(id: header.id)
        self.header = header
        settings = try value.decode("settings")
        title = try value.text("title")
        lastEvent = EventNumber(try value.integer("lastEvent"))
        updatedAt = Timestamp(try value.integer("updatedAt"))
        usage = try value.decode("usage")
        transcript = try value.decodeList("transcript")
        todos = try value.decodeList("todos")
        loadedSkills = value["loadedSkills"]?.arrayValue?.compactMap(\.stringValue) ?? []
        loadedTools = value["loadedTools"]?.arrayValue?.compactMap(\.stringValue) ?? []
        // Snapshots of versions that started none do not have it.
        if value["openQuestions"] != nil { openQuestions = try value.decodeList("openQuestions") }
        if value["settledQuestions"] != nil { settledQuestions = try value.decodeList("settledQuestions") }
        if value["hookJudgements"] != nil { hookJudgements = try value.decodeList("hookJudgements") }
        if value["snapshots"] != nil { snapshots = try value.decodeList("snapshots") }
        compaction = try value.decodeIfPresent("compaction")
        visibleFrom = min(Int(value["visibleFrom"]?.integerValue ?? 0), transcript.count)
        let head = value["visibleHead"]?.arrayValue?.compactMap { $0.integerValue.map { Int($0) } } ?? []
        if head.count == 2, 0 <= head[0], head[0] <= head[1], head[1] <= visibleFrom { visibleHead = head[0]..<head[1] }
        isCompacting = value["compacting"]?.boolValue ?? false
        compactedAt = Int(value["compactedAt"]?.integerValue ?? 0)
        archivedAt = value["archivedAt"]?.integerValue
        if value["processes"] != nil { processes = try value.decodeList("processes") }
        if value["openProcesses"] != nil { openProcesses = try value.decodeList("openProcesses") }
        if value["children"] != nil { children = try value.decodeList("children") }
        childUsage = try value.decodeIfPresent("childUsage") ?? .zero
        let marks: [FileMark] = try value.decodeList("files")
        files = Dictionary(marks.map { ($0.path, $0) }) { _, newer in newer }
        queue = try value.decodeList("queue")
        openItems = try value.decodeList("openItems")
        openIntents = try value.decodeList("openIntents")
        for receipt in try value.raw("receipts").arrayValue ?? [] {
            receipts[try receipt.text("key")] = Receipt(
                turn: TurnID(try receipt.text("turn")), prompt: try receipt.text("prompt"), media: try receipt.media())
        }
        // Snapshots of versions that asked nobody do not have them.
        if value["openApprovals"] != nil { openApprovals = try value.decodeList("openApprovals") }
        if value["decisions"] != nil { decisions = try value.decodeList("decisions") }
        if value["grants"] != nil { grants = try value.decodeList("grants") }
        running = try value.decodeIfPresent("running")
        stoppedEarly = value["stoppedEarly"]?.stringValue.map { TurnID($0) }
        lastTurn = try value.decodeIfPresent("lastTurn")
    }
}
