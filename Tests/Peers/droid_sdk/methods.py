"""Which methods there are, and which of them a case has shown: not only called, but with their effect checked."""

import inspect

from droid_sdk import Session
from droid_sdk.low_level import DroidClient

# The session table of the daemon SDK's usage guide, and the same methods in this SDK: those of Session, or behind a dot those of the
# low-level client. A method that a session of this SDK does not have is the client's.
GUIDE = {
    "sessionId": "id",
    "stream": "stream",
    "send": ".add_user_message",
    "interrupt": "interrupt",
    "close": "close",
    "updateSettings": "update_settings",
    "enterSpecMode": "enter_spec",
    "compactSession": "compact",
    "forkSession": "fork",
    "getContextBreakdown": ".get_context_breakdown",
    "renameSession": "rename",
    "addMcpServer": "add_mcp_server",
    "removeMcpServer": "remove_mcp_server",
    "toggleMcpServer": "disable_mcp_server",
    "listMcpServers": "list_mcp_servers",
    "listMcpTools": "list_mcp_tools",
    "authenticateMcpServer": "authenticate_mcp_server",
    "listSkills": "list_skills",
    "onNotification": "on_notification",
}

# The request behind a method, where it is not the method's own name.
REQUESTS = {
    "id": None, "cwd": None, "settings": None, "on_notification": None, "open": "initialize_session", "resume": "load_session",
    "close": "close_session", "stream": "add_user_message", "interrupt": "interrupt_session", "update_settings": "update_session_settings",
    "enter_spec": "update_session_settings", "leave_spec": "update_session_settings", "compact": "compact_session",
    "fork": "fork_session", "context": "get_context_stats", "rename": "rename_session", "rewind": "execute_rewind",
    "rewind_info": "get_rewind_info", "disable_mcp_server": "toggle_mcp_server", "enable_mcp_server": "toggle_mcp_server",
    "disable_mcp_tool": "toggle_mcp_tool", "enable_mcp_tool": "toggle_mcp_tool", "disable_skill": "set_skill_disabled",
    "enable_skill": "set_skill_disabled",
}

# What only the original product has: a case checks that it is refused.
REFUSED = {"submit_bug_report"}


def of_sessions():
    return {name for name in dir(Session) if not name.startswith("_")}


def of_clients():
    """The client's methods that are requests."""
    requests = {name for name, value in vars(DroidClient).items() if not name.startswith("_") and inspect.iscoroutinefunction(value)}
    return requests - {"connect", "close"}


class Record:
    def __init__(self):
        self.shown = set()
        self.answered = set()

    def passed(self, shows, answered):
        """Notes a case that held. Returns what it shows without having asked for it."""
        unanswered = []
        for name in shows:
            request = REQUESTS.get(name.removeprefix("."), name.removeprefix("."))
            if request is not None and request not in answered:
                unanswered.append(name)
            else:
                self.shown.add(name)
        self.answered |= answered
        return unanswered

    def missing(self):
        unshown = of_sessions() - self.shown
        return sorted(unshown | {"." + name for name in of_clients() - self.answered - REFUSED})

    def guide(self):
        return sorted(name for name, method in GUIDE.items() if method in self.shown)
