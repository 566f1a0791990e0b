/// Constants of the protocol (`droid.md` §1.1, §2).
package enum DroidProtocol {
    package static let jsonrpc = "2.0"
    /// Frozen for ever; a frame without it is dropped by one client.
    package static let apiVersion = "1.0.0"
    /// Advisory: nobody compares it. What we write.
    package static let version = "1.221.0"
    package static let defaultPort = 37_643
    package static let relayBase = "wss://relay.factory.ai"
    /// What SDKs send as `caller` when they authenticate.
    package static let sdkCaller = "droid-sdk"
    /// What SDKs send as `machineId`.
    package static let defaultMachine = "default"
    /// The reason of a client that closes the socket, with code 1000.
    package static let clientCloseReason = "Client disconnect"
    /// Known to the protocol, sent by no SDK.
    package static let headerNames = ["X-Factory-Client", "X-Client-Version", "X-Factory-Sdk"]
    /// A daemon's own notification, which may follow authentication (§2.2).
    package static let connectionStatus = "daemon.connection_status"
    package static let relayStatusChanged = "daemon.relay.status_changed"
}

/// The two spellings of every method: over stdio, where one process is one session, and over a socket with many (§1.8).
package enum DroidFamily: String, Hashable, Sendable, CaseIterable {
    case exec = "droid"
    case daemon

    package var sessionNotification: String { rawValue + ".session_notification" }
}

/// Bounds of what a peer may send, in bytes unless the name says otherwise.
package enum DroidLimit {
    /// One frame of a WebSocket, one line of stdio.
    package static let frameBytes = 32 << 20
    /// What the Python client reads as one line; a server that writes more over stdio loses it.
    package static let pythonLineBytes = 10 << 20
    /// Objects in one frame (§1.7), more is refused as a whole.
    package static let maximumObjectsInFrame = 1_024
    /// A request's id. SDKs send 36 characters.
    package static let idBytes = 1_024
    /// How far a broken frame is searched for its id.
    package static let recoveryBytes = 1 << 20
}

/// Time-outs of a client (§2.3, §3); those of methods are in ``DroidMethod/table``.
package enum DroidTimeout {
    package static let request = Duration.seconds(30)
    package static let authenticate = Duration.seconds(30)
    package static let close = Duration.seconds(5)
    package static let connectLocal = Duration.seconds(10)
    package static let connectDefault = Duration.seconds(5)
    package static let connectComputer = Duration.seconds(45)
    package static let probeLocal = Duration.seconds(2)
    package static let daemonStart = Duration.seconds(30)
    package static let daemonStartPoll = Duration.milliseconds(250)
    /// Between the cycles of connecting and authenticating that `maxRetries` asks for.
    package static let retryPause = Duration.seconds(2)
    /// How long the frame that ends a turn is awaited after idle, from a server that may be old (§6.8).
    package static let completionGrace = Duration.milliseconds(250)
    /// Between SIGTERM and SIGKILL for a process that was told to end.
    package static let processEnd = Duration.seconds(5)
}

/// Attempts to connect: how many follow the first, and how long is waited before each (§2.3).
package struct DroidRetrySchedule: Hashable, Sendable {
    package let retries: Int
    package let first: Duration
    package let longest: Duration

    package static let standard = DroidRetrySchedule(retries: 5, first: .milliseconds(500), longest: .milliseconds(5_000))
    package static let computer = DroidRetrySchedule(retries: 10, first: .milliseconds(2_000), longest: .milliseconds(10_000))

    /// The pause before the retry of that number, counted from 0: doubled each time, up to the longest.
    package func pause(before retry: Int) -> Duration {
        // Beyond 2^16 every schedule is at its longest.
        min(first * (1 << min(max(retry, 0), 16)), longest)
    }
}
