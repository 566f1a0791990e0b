#if !os(iOS) && !os(tvOS) && !os(watchOS) && !os(visionOS)
    package import Foundation

    /// A program that is meant to outlive this process: nothing of ours is open in it but its log.
    package final class DetachedProgram: Sendable {
        private let process: Process

        package init(
            executable: String, arguments: [String], environment: [String: String], directory: String, standardError: FileHandle
        ) throws(TransportError) {
            process = Process()
            process.executableURL = URL(fileURLWithPath: executable)
            process.arguments = arguments
            process.environment = environment
            process.currentDirectoryURL = URL(fileURLWithPath: directory, isDirectory: true)
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            process.standardError = standardError
            do {
                try process.run()
            } catch {
                throw .programNotStarted(executable, why: error.localizedDescription)
            }
        }

        /// `nil` while it runs; that of a signal is its negative number.
        package var exitCode: Int32? {
            if process.isRunning { return nil }
            return process.terminationReason == .uncaughtSignal ? -process.terminationStatus : process.terminationStatus
        }

        package func terminate() { process.terminate() }
    }
#endif
