import ApusBase
import Testing

@testable import DroidWire

/// The words of `droid.md` §5.7 and of the tables before it, in full and in its order.
@Suite struct DroidVocabularyTests {
    private func words<E: DroidEnumeration>(_ type: E.Type) -> String {
        for value in E.known {
            #expect(E(rawValue: value.rawValue) == value)
            #expect(value.isKnown)
        }
        #expect(E(rawValue: "no such word") == .unknown("no such word"))
        return E.known.map(\.rawValue).joined(separator: ", ")
    }

    @Test func theWordsAreThoseOfTheProtocol() {
        #expect(
            words(DroidWorkingState.self)
                == "idle, streaming_assistant_message, waiting_for_tool_confirmation, executing_tool, compacting_conversation, thinking")
        #expect(
            words(AgentTurnCompletionReason.self)
                == "completed, cancelled, permission_rejected, error, process_exit, spec_handoff, structured_output_missing, structured_output_invalid, structured_output_schema_invalid, model_usage_exhausted, model_authentication_failed, model_request_rejected, model_provider_unreachable, model_provider_unavailable, prompt_rejected, completion_persistence_failed, no_approver_available"
        )
        #expect(
            words(DroidErrorType.self)
                == "ConnectionError, ProtocolError, SessionError, TimeoutError, DroidClientError, ProcessExitError, Error")
        #expect(words(DroidInteractionMode.self) == "auto, spec, agi")
        #expect(words(AutonomyLevel.self) == "off, low, medium, high")
        #expect(words(AutonomyMode.self) == "normal, spec, auto-low, auto-medium, auto-high")
        #expect(words(ReasoningEffort.self) == "none, dynamic, off, minimal, low, medium, high, xhigh, max")
        #expect(
            words(SessionOrigin.self)
                == "web, desktop, cli_tui, cli_exec, cli_acp, slack, jira, linear, microsoft-teams, sessions_api, api, sdk, automation, readiness-remediation, readiness-evaluation, wiki-generation, wiki-ci-setup"
        )
        #expect(words(McpStatus.self) == "not-initialized, initializing, ready, no-servers, failed")
        #expect(words(DecompSessionType.self) == "orchestrator, worker")
        #expect(words(DroidPlatform.self) == "darwin, win32, linux")
        #expect(words(DroidMode.self) == "terminal-ui, non-interactive-cli, interactive-cli, headless")
        #expect(words(DroidSubMode.self) == "json-rpc, acp")
        #expect(
            words(StructuredOutputErrorCode.self)
                == "missing_structured_output, invalid_structured_output, invalid_schema, schema_validation_failed")
        #expect(words(DroidClientType.self) == "web-desktop, web-app, web-workspace, daemon, cli, backend, sdk")
        #expect(words(McpServerStatus.self) == "connecting, connected, disconnected, failed, disabled")
        #expect(words(SettingsLevel.self) == "org, runtime, user, project, folder, dynamic, builtin")
        #expect(
            words(HookEventName.self)
                == "PreToolUse, PostToolUse, Notification, UserPromptSubmit, Stop, SubagentStop, PreCompact, SessionStart, SessionEnd")
        #expect(
            words(DroidModelProvider.self) == "anthropic, openai, generic-chat-completion-api, factory, google, xai, voyage")
        #expect(
            words(DroidContextColor.self) == "systemPrompt, systemTools, mcpTools, userInfo, agentsMd, customAgents, skills, messages")
        #expect(words(DroidMissionState.self) == "awaiting_input, initializing, running, paused, orchestrator_turn, completed")
        #expect(
            words(ToolExecutionPhase.self)
                == "streaming_input, queued, executing, settled_after_execution, settled_without_execution, settled_unknown")
        #expect(words(DroidRetryReason.self) == "overloaded, rate_limited, timeout, network, empty_response, unknown")
        #expect(words(DroidImageType.self) == "image/jpeg, image/png, image/gif, image/webp")
    }

    @Test func theHighestEffortsHaveNamesOfTheirOwn() {
        #expect(ReasoningEffort.extraHigh.rawValue == "xhigh")
        #expect(ReasoningEffort(rawValue: "xhigh") == .extraHigh)
    }
}
