import ApusBase
import ApusCore
import ApusSettings
import Testing

@testable import ApusModels

/// Images and documents on the three wires, in results and in prompts.
@Suite struct MediaRequestTests {
    private static let png = Media(MediaDetails(.png, name: "a.png", quality: .high), bytes: [1, 2, 3, 4])
    private static let pdf = Media(MediaDetails(.pdf, name: "b.pdf"), bytes: Array("%PDF".utf8))
    private static let request = ModelRequest(
        system: "",
        messages: [
            .user(["look"], media: [png, pdf]), .assistant([.toolCall(ToolCall(id: "c1", name: "Read", input: [:]))]),
            .toolResults([ModelToolResult(call: "c1", tool: "Read", text: "two things", isError: false, media: [png, pdf])]),
        ], tools: [])

    @Test func messagesHaveBlocksAlsoInsideOfResults() throws {
        let body = try JSONValue(parsing: MessagesRequest(Self.request, to: messagesEndpoint).body())
        let image: JSONValue = ["type": "image", "source": ["type": "base64", "media_type": "image/png", "data": "AQIDBA=="]]
        let document: JSONValue = [
            "type": "document", "source": ["type": "base64", "media_type": "application/pdf", "data": "JVBERg=="], "title": "b.pdf",
        ]
        #expect(body["messages"]?.arrayValue?.first == ["role": "user", "content": [image, document, ["type": "text", "text": "look"]]])
        #expect(
            body["messages"]?.arrayValue?.last == [
                "role": "user",
                "content": [
                    [
                        "type": "tool_result", "tool_use_id": "c1", "content": [["type": "text", "text": "two things"], image, document],
                        "cache_control": ["type": "ephemeral"],
                    ]
                ],
            ])
    }

    @Test func responsesHavePartsAlsoInOutputs() throws {
        let body = try JSONValue(parsing: ResponsesRequest(Self.request, to: responsesEndpoint).body())
        let image: JSONValue = ["type": "input_image", "detail": "high", "image_url": "data:image/png;base64,AQIDBA=="]
        let document: JSONValue = ["type": "input_file", "filename": "b.pdf", "file_data": "data:application/pdf;base64,JVBERg=="]
        #expect(body["input"]?.arrayValue?.first?["content"] == [image, document, ["type": "input_text", "text": "look"]])
        #expect(
            body["input"]?.arrayValue?.last == [
                "type": "function_call_output", "call_id": "c1",
                "output": [["type": "input_text", "text": "two things"], image, document],
            ])
    }

    @Test func chatCompletionsGetTheImagesOfResultsInAMessageOfTheUser() throws {
        var request = Self.request
        request.messages.append(.user(["and?"]))
        let body = try JSONValue(parsing: ChatRequest(request, to: chatEndpoint).body())
        let image: JSONValue = ["type": "image_url", "image_url": ["url": "data:image/png;base64,AQIDBA==", "detail": "high"]]
        let messages = body["messages"]?.arrayValue ?? []
        #expect(messages.map { $0["role"] } == ["user", "assistant", "tool", "user"])
        #expect(messages.first?["content"] == [image, ["type": "text", "text": "look"]])
        #expect(messages[2] == ["role": "tool", "tool_call_id": "c1", "content": "two things"])
        #expect(
            messages.last?["content"] == [
                ["type": "text", "text": "[Image a.png of the result of Read, call c1]"], image, ["type": "text", "text": "and?"],
            ])
    }

    @Test func aMessageOfMediaAloneIsNoEmptyOne() {
        let repaired = TranscriptRepair.repaired([.user([""], media: [Self.png]), .user([""])])
        #expect(repaired == [.user([""], media: [Self.png])])
    }

    @Test(
        arguments: [
            (MessagesProvider.dialect, "claude-sonnet-4-6", true, true), (MessagesProvider.dialect, "kimi-k2", true, false),
            (ResponsesProvider.dialect, "gpt-5.2", true, true), (ResponsesProvider.dialect, "unheard-of", true, false),
            (ResponsesProvider.dialect, "o3-mini", false, false), (ChatCompletionsProvider.dialect, "gpt-4o", true, false),
            (ChatCompletionsProvider.dialect, "gpt-3.5-turbo", false, false), (ChatCompletionsProvider.dialect, "gpt-4", false, false),
            (ChatCompletionsProvider.dialect, "unheard-of", true, false),
        ])
    func whatAModelTakes(dialect: String, model: String, images: Bool, documents: Bool) {
        let media = ModelDescription(id: model, displayName: model, dialect: dialect, model: model).media
        #expect(media.images == images)
        #expect(media.documents == documents)
    }

    @Test func aCustomModelMayTakeNone() {
        let source = SettingsSource(path: "/settings.json", kind: .user)
        var entry = ModelEntry(
            model: "claude-sonnet-4-6", baseURL: "https://api.test", apiKey: Secret("k"), provider: .anthropic, source: source)
        #expect(ModelEndpoint(entry).description.media.documents)
        entry.lacksImageSupport = true
        #expect(ModelEndpoint(entry).description.media == .nothing)
    }

    @Test func whatWouldBeTooLargeInBase64IsToldInsteadOfSent() {
        let media = ModelDescription(id: "claude", displayName: "", dialect: MessagesProvider.dialect, model: "claude-sonnet-4-6").media
        let large = MediaReference(MediaDetails(.png), hash: "", byteCount: ByteLimit.imageBytes)
        #expect(media.obstacle(to: large, model: "claude")?.contains("make it smaller") == true)
    }
}
