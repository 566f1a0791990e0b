extension DaemonService {
    /// `GET /v3/lmx/models`: the models that are loaded (`opta-v3.md` §2.5 #22).
    public func models() async throws -> [DaemonModel] {
        try await http.object(of: DaemonCall("GET", "/v3/lmx/models")).list("models").map(DaemonModel.init)
    }

    /// `GET /v3/lmx/models/available`: the models on disk (§2.5 #24).
    public func availableModels() async throws -> [DaemonModel] {
        let call = DaemonCall("GET", "/v3/lmx/models/available")
        let json = try await http.json(of: call)
        guard let list = json.arrayValue else { throw DaemonAnswerError("\(call.name): no list: \(json.text.prefix(200))") }
        return try list.map { try DaemonModel(AnswerObject(call.name, $0)) }
    }

    /// `GET /v3/lmx/status`: how whatever runs the models is (§2.5 #20). The whole answer: `status`, `version`, `models`, `memory`.
    public func modelServerStatus() async throws -> JSON {
        try await http.object(of: DaemonCall("GET", "/v3/lmx/status")).json
    }

    /// `GET /v3/lmx/memory`: what the models take of the machine's memory (§2.5 #23).
    public func modelMemory() async throws -> DaemonModelMemory {
        DaemonModelMemory(try await http.object(of: DaemonCall("GET", "/v3/lmx/memory")).json)
    }

    /// `POST /v3/lmx/models/load` (§2.5 #25). May take 120 s.
    ///
    /// - Parameters:
    ///   - id: Which model.
    ///   - autoDownload: Whether it is fetched without being asked when it is not on disk; `nil` is the daemon's choice.
    /// - Returns: What came of it. With ``DaemonLoadStatus/downloadRequired`` somebody has to agree: ``confirmModelLoad(_:)``.
    /// - Throws: ``DaemonHTTPError`` with status 501 where there are no models to load, as in Apus.
    public func loadModel(_ id: String, autoDownload: Bool? = nil) async throws -> DaemonModelLoad {
        var body: JSONMembers = ["modelId": .string(id)]
        body["autoDownload"] = autoDownload.map(JSON.bool)
        return try DaemonModelLoad(
            try await http.object(of: DaemonCall("POST", "/v3/lmx/models/load", body: .object(body), deadline: .long)))
    }

    /// `POST /v3/lmx/models/load/confirm` (§2.5 #26): the download that loading needs may begin. May take 120 s.
    ///
    /// - Parameter token: ``DaemonModelLoad/confirmationToken``.
    public func confirmModelLoad(_ token: String) async throws -> DaemonModelLoad {
        let call = DaemonCall(
            "POST", "/v3/lmx/models/load/confirm", body: ["confirmationToken": .string(token)], deadline: .long)
        return try DaemonModelLoad(try await http.object(of: call))
    }

    /// `POST /v3/lmx/models/unload` (§2.5 #27). May take 120 s.
    @discardableResult
    public func unloadModel(_ id: String) async throws -> JSON {
        try await http.json(of: DaemonCall("POST", "/v3/lmx/models/unload", body: ["modelId": .string(id)], deadline: .long))
    }

    /// `DELETE /v3/lmx/models/:modelId` (§2.5 #28): from the disk. May take 120 s.
    @discardableResult
    public func deleteModel(_ id: String) async throws -> JSON {
        try await http.json(of: DaemonCall("DELETE", "/v3/lmx/models/:modelId", [id], deadline: .long))
    }

    // MARK: downloads

    /// `POST /v3/lmx/models/download` (§2.5 #29): fetches a model, in the background of the daemon. May take 120 s to begin.
    ///
    /// - Parameter repoID: Where it is published: `owner/name`.
    public func downloadModel(_ repoID: String) async throws -> DaemonModelDownload {
        let call = DaemonCall("POST", "/v3/lmx/models/download", body: ["repoId": .string(repoID)], deadline: .long)
        return try DaemonModelDownload(try await http.object(of: call))
    }

    /// `GET /v3/lmx/models/downloads` (§2.5 #30).
    ///
    /// - Parameter includeInactive: Those that are over, too.
    public func modelDownloads(includeInactive: Bool = false) async throws -> [DaemonModelDownload] {
        let call = DaemonCall("GET", "/v3/lmx/models/downloads", query: [("includeInactive", includeInactive ? "true" : nil)])
        return try await http.object(of: call).list("downloads").map(DaemonModelDownload.init)
    }

    /// `GET /v3/lmx/models/download/:downloadId/progress` (§2.5 #31).
    ///
    /// - Throws: ``DaemonHTTPError`` with status 404 when there is none.
    public func modelDownload(_ id: String) async throws -> DaemonModelDownload {
        try DaemonModelDownload(try await http.object(of: DaemonCall("GET", "/v3/lmx/models/download/:downloadId/progress", [id])))
    }
}
