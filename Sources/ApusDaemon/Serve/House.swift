import ApusBase
import ApusCore
import ApusSettings
import ApusWorkspace
import DroidWire
import Foundation

/// Answers clients about the daemon and its machine: what `apus doctor`, `daemon`, `config`, `models` and `keys` say, in their words.
struct House: HouseDesk {
    let configuration: DaemonConfiguration
    let folder: DaemonFolder
    /// Of Apus.
    let version: String
    let status: @Sendable () -> JSONValue

    func answer(_ question: HouseQuestion) async throws(HouseFault) -> JSONValue {
        switch question {
        case .health: return await Doctor.examine(quiet, version: version).json
        case .status: return status()
        case .log(let lines): return try await log(lines)
        case .settings(let key): return try await settings(key)
        case .models: return try await models()
        case .keys: return try await keys()
        case .memory: return try await memory()
        }
    }

    /// What is wrong with settings is said to who asks.
    private var quiet: DaemonConfiguration {
        var quiet = configuration
        quiet.announce = { _ in }
        return quiet
    }

    private func log(_ count: Int) async throws(HouseFault) -> JSONValue {
        let folder = folder
        let text: String = try await work { () throws(DaemonFileError) in
            var tail = LogTail(folder)
            return try tail.last(count)
        }
        let lines = text.split(separator: "\n").map { line -> JSONValue in
            // A line that is no JSON is told as it stands.
            (try? JSONValue(parsing: String(line))) ?? ["raw": .string(String(line))]
        }
        return ["logs": .array(lines)]
    }

    private func settings(_ key: String?) async throws(HouseFault) -> JSONValue {
        let configuration = quiet
        let document: JSONValue? = try await work { () throws(SettingsFault) in
            SettingsReport(try ProjectSettings(configuration).read()).json(for: key)
        }
        if let document { return document }
        let name = key ?? ""
        throw .unknown("No setting is named \"\(name)\"." + (SettingsKey.nearest(to: name).map { " Did you mean \($0)?" } ?? ""))
    }

    private func models() async throws(HouseFault) -> JSONValue {
        do throws(SettingsFault) { return ["models": try await ModelList(quiet).json] } catch { throw .failed(error.description) }
    }

    private func keys() async throws(HouseFault) -> JSONValue {
        let file = KeyFile(folder)
        let records = try await work { () throws(DaemonFileError) in try file.records() }
        return [
            "keys": .array(
                records.map { record in
                    [
                        "name": .string(record.name),
                        "scopes": .array(ClientScope.allCases.filter(record.scopes.contains).map { .string($0.rawValue) }),
                        "createdAt": .string(DroidTimestamp(millisecondsSince1970: record.createdAt).text),
                    ]
                })
        ]
    }

    /// Models of ours take none of it.
    private func memory() async throws(HouseFault) -> JSONValue {
        guard let memory = await BlockingWork.files.run({ _ in MachineMemory.now }) else {
            throw .failed("This system does not tell how much memory it has.")
        }
        return [
            "total_unified_memory_gb": .double(memory.total), "used_gb": .double(memory.total - memory.available),
            "available_gb": .double(memory.available), "threshold_percent": 100, "models": [:],
        ]
    }

    private func work<Value: Sendable, Fault: Error & CustomStringConvertible>(
        _ body: @escaping @Sendable () throws(Fault) -> Value
    ) async throws(HouseFault) -> Value {
        do throws(Fault) {
            return try await BlockingWork.files.run { _ throws(Fault) in try body() }
        } catch {
            throw .failed(error.description)
        }
    }
}

/// In gigabytes of 2^30 bytes.
struct MachineMemory: Hashable, Sendable {
    var total: Double
    var available: Double

    /// Of the file that Linux keeps; `nil` elsewhere.
    static var now: MachineMemory? {
        // A system without the file is one that tells nothing.
        guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8) else { return nil }
        return MachineMemory(text)
    }

    init?(_ text: String) {
        func gigabytes(_ name: String) -> Double? {
            let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
            let number = line?.split(separator: " ").dropFirst().first.flatMap { Double($0) }
            return number.map { ($0 / 1_048_576 * 100).rounded() / 100 }
        }
        guard let total = gigabytes("MemTotal"), let available = gigabytes("MemAvailable") else { return nil }
        self.total = total
        self.available = available
    }
}
