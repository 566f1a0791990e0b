package import ApusBase

/// A command that outlives the run it was started by, with its whole tree, under a keeper of its own. A fact of the session that
/// started it; whether it runs still is asked of ``BackgroundProcesses``.
package struct BackgroundProcess: Hashable, Sendable {
    package enum Status: Hashable, Sendable {
        case running
        /// How it ended, in words; `nil` when nobody saw it, as after a restart of the machine.
        case ended(String?)
    }

    /// `bg_` and eight characters.
    package var id: String
    /// The command's own process, its group and its session: the number to send signals to while it runs.
    package var pid: Int32
    /// The process that watches the tree and lives as long as it. Its start time tells it from a later process with the same number.
    package var keeper: ProcessIdentity
    package var command: String
    package var workingDirectory: String
    /// The file with what it wrote last, standard output and standard error together.
    package var log: String
    package var startedAt: Timestamp

    package init(
        id: String, pid: Int32, keeper: ProcessIdentity, command: String, workingDirectory: String, log: String, startedAt: Timestamp
    ) {
        self.id = id
        self.pid = pid
        self.keeper = keeper
        self.command = command
        self.workingDirectory = workingDirectory
        self.log = log
        self.startedAt = startedAt
    }
}

extension BackgroundProcess: StoredForm {
    package func encoded() -> JSONValue {
        [
            "id": .string(id), "pid": .integer(Int64(pid)), "command": .string(command), "cwd": .string(workingDirectory),
            "log": .string(log), "startedAt": .integer(startedAt),
            "keeper": [
                "pid": .integer(Int64(keeper.process)), "startTime": .integer(keeper.startTime), "boot": .string(keeper.boot),
            ],
        ]
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        let keeper = try value.raw("keeper")
        self.init(
            id: try value.text("id"), pid: Int32(clamping: try value.integer("pid")),
            keeper: ProcessIdentity(
                process: Int32(clamping: try keeper.integer("pid")), startTime: Int64(try keeper.integer("startTime")),
                boot: try keeper.text("boot")),
            command: try value.text("command"), workingDirectory: try value.text("cwd"), log: try value.text("log"),
            startedAt: Timestamp(try value.integer("startedAt")))
    }
}
