/// A model of the daemon's machine (`opta-v3.md` §2.5).
public struct DaemonModel: Sendable, Hashable {
    /// `model_id`; for files on disk their `repo_id`.
    public let id: String
    /// `loaded`, `loading`, `unloading`; `nil` for files on disk.
    public let status: String?
    /// Whether it is asked when none is named.
    public let isDefault: Bool
    /// All of it: memory, context length, paths.
    public let json: JSON

    init(_ entry: AnswerObject) throws {
        json = entry.json
        guard let id = json["model_id"]?.stringValue ?? json["repo_id"]?.stringValue else { throw entry.missing("model_id", "a text") }
        self.id = id
        status = json["status"]?.stringValue
        isDefault = json["is_default"]?.boolValue ?? false
    }
}

/// What came of loading a model (`opta-v3.md` §2.5).
public struct DaemonModelLoad: Sendable, Hashable {
    /// Which model.
    public let modelID: String
    /// How far it is.
    public let status: DaemonLoadStatus
    /// What ``DaemonService/confirmModelLoad(_:)`` takes; only with ``DaemonLoadStatus/downloadRequired``.
    public let confirmationToken: String?
    /// What ``DaemonService/modelDownload(_:)`` takes; only with ``DaemonLoadStatus/downloading``.
    public let downloadID: String?
    /// For people.
    public let message: String?
    /// All of it: sizes, times.
    public let json: JSON

    init(_ answer: AnswerObject) throws {
        json = answer.json
        modelID = try answer.text("model_id")
        status = DaemonLoadStatus(rawValue: try answer.text("status"))
        confirmationToken = json["confirmation_token"]?.stringValue
        downloadID = json["download_id"]?.stringValue
        message = json["message"]?.stringValue
    }
}

/// How far the loading of a model is (`opta-v3.md` §2.5).
public struct DaemonLoadStatus: WireName {
    /// As it stands on the wire.
    public let rawValue: String
    /// Any word, also one that is not known here.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// It can be asked.
    public static let loaded: Self = "loaded"
    /// It is not on disk, and somebody has to agree to fetch it.
    public static let downloadRequired: Self = "download_required"
    /// It is being fetched.
    public static let downloading: Self = "downloading"
}

/// A download of a model (`opta-v3.md` §2.5).
public struct DaemonModelDownload: Sendable, Hashable {
    /// What it is called.
    public let id: String
    /// Where it comes from.
    public let repoID: String?
    /// As the daemon says it.
    public let status: String?
    /// All of it: sizes, progress.
    public let json: JSON

    init(_ answer: AnswerObject) throws {
        json = answer.json
        // Progress has both spellings of everything.
        guard let id = json["download_id"]?.stringValue ?? json["downloadId"]?.stringValue else {
            throw answer.missing("download_id", "a text")
        }
        self.id = id
        repoID = json["repo_id"]?.stringValue ?? json["repoId"]?.stringValue
        status = json["status"]?.stringValue
    }
}

/// What models take of the memory of a daemon's machine (`opta-v3.md` §2.5 #23), in gigabytes. Numbers that it does not tell are 0.
public struct DaemonModelMemory: Sendable, Hashable {
    /// One model's part.
    public struct Share: Sendable, Hashable {
        /// In gigabytes.
        public let used: Double
        /// Whether it is loaded.
        public let isLoaded: Bool
    }

    /// All that there is.
    public let total: Double
    /// By whomever.
    public let used: Double
    /// What is free.
    public let available: Double
    /// From which part of all, in percent, no more models are loaded.
    public let thresholdPercent: Double
    /// By model.
    public let models: [String: Share]

    init(_ json: JSON) {
        total = json["total_unified_memory_gb"]?.doubleValue ?? 0
        used = json["used_gb"]?.doubleValue ?? 0
        available = json["available_gb"]?.doubleValue ?? 0
        thresholdPercent = json["threshold_percent"]?.doubleValue ?? 0
        let members = json["models"]?.objectValue ?? [:]
        let shares = members.map { name, share in
            (name, Share(used: share["memory_gb"]?.doubleValue ?? 0, isLoaded: share["loaded"]?.boolValue ?? false))
        }
        models = Dictionary(shares) { $1 }
    }
}
