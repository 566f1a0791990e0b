import ApusBase

/// What a server may take of our time and memory. Servers are strangers: each bound holds whatever they send.
package struct MCPLimits: Hashable, Sendable {
    /// Connecting and the handshake together.
    package var connect: Duration
    /// All pages of a list of tools.
    package var list: Duration
    /// The first look at what a server has beside tools, as far as a session waits for it.
    package var count: Duration
    /// All lists of what a server has beside tools together, whoever waits.
    package var counts: Duration
    /// Starting a program and its handshake together: some are fetched first.
    package var start: Duration
    /// One call between two signs of life.
    package var call: Duration
    /// The same of servers that came with a session: they have no place to say how long theirs take.
    package var sessionCall: Duration
    /// One call, from sending it to its result.
    package var wholeCall: Duration
    /// Between the news that the tools have changed and asking for them again.
    package var relistPause: Duration
    /// Between a connection that was lost or refused and the next attempt.
    package var reconnectPause: Duration
    /// One message of a server: a body, an event or a line.
    package var messageBytes: Int
    /// Values in one message, which take many times the memory of their bytes.
    package var messageValues: Int
    /// Tools of one server; the rest is left out.
    package var tools: Int
    package var pages: Int
    /// The name of a tool as its server calls it. Longer ones are left out.
    package var toolNameBytes: Int
    /// The description of a tool, in Unicode scalars; the middle is left out.
    package var descriptionCharacters: Int
    /// One input schema. A tool with a larger one is left out.
    package var schemaBytes: Int
    /// Servers of one session, its own and the user's.
    package var servers: Int
    /// Images of one result.
    package var images: Int
    /// Resources of one list that a model reads; it may ask for more.
    package var resources: Int
    /// The address of a resource. What is longer is not listed and not read.
    package var addressBytes: Int

    package init(
        connect: Duration = .seconds(10), list: Duration = .seconds(30), count: Duration = .seconds(2), counts: Duration = .seconds(10),
        start: Duration = .seconds(30), call: Duration = .seconds(60),
        sessionCall: Duration = .seconds(600), wholeCall: Duration = .seconds(3_600),
        relistPause: Duration = .milliseconds(200), reconnectPause: Duration = .seconds(2), messageBytes: Int = 16 << 20,
        messageValues: Int = 500_000, tools: Int = 512,
        pages: Int = 64, toolNameBytes: Int = 128, descriptionCharacters: Int = 8_000, schemaBytes: Int = 128 << 10, servers: Int = 64,
        images: Int = ByteLimit.maximumRequestMedia, resources: Int = 200, addressBytes: Int = 4_096
    ) {
        self.connect = connect
        self.list = list
        self.count = count
        self.counts = counts
        self.start = start
        self.call = call
        self.sessionCall = sessionCall
        self.wholeCall = wholeCall
        self.relistPause = relistPause
        self.reconnectPause = reconnectPause
        self.messageBytes = messageBytes
        self.messageValues = messageValues
        self.tools = tools
        self.pages = pages
        self.toolNameBytes = toolNameBytes
        self.descriptionCharacters = descriptionCharacters
        self.schemaBytes = schemaBytes
        self.servers = servers
        self.images = images
        self.resources = resources
        self.addressBytes = addressBytes
    }

    /// Its JSON is read no further than a message may be long.
    var json: JSONLimits { JSONLimits(maximumDepth: 96, maximumBytes: messageBytes) }
}
