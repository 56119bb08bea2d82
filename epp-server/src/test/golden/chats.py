"""Whole templates with many conversations.

The templates named vllm_* come from vLLM 0.32.0 (transformers_utils/chat_templates, Apache-2.0);
the others are written after what public model families do.
"""

import json

import oracle

from vllm.renderers.hf import _detect_content_format

CALL = {
    "id": "abcdef123",
    "type": "function",
    "function": {"name": "weather", "arguments": {"city": "Z\u00fcrich", "days": [1, 2.5], "o": {"a": None}}},
}
CALL2 = {"id": "abcdef124", "type": "function", "function": {"name": "time", "arguments": {}}}
SYSTEM = {"role": "system", "content": "  Be \"brief\" & kind.\n"}
USER = {"role": "user", "content": " What's up, <b>W\u00f6rld</b> \U0001F600?\n"}
BOT = {"role": "assistant", "content": "All is well.  "}
THOUGHT = {"role": "assistant", "content": "<think>\nhm\n</think>\n\nDone.", "reasoning_content": "let me see\n"}
INLINE = {"role": "assistant", "content": "<think>\nhm\n</think>\n\nDone."}
ASKS = {"role": "assistant", "content": "", "tool_calls": [CALL]}
ASKS2 = {"role": "assistant", "content": "Looking.", "tool_calls": [CALL, CALL2]}
TELLS = {"role": "tool", "content": "{\"t\": 21}", "tool_call_id": "abcdef123", "name": "weather"}
PARTS = {"role": "user", "content": [{"type": "text", "text": "See "}, {"type": "image"}, {"type": "text", "text": " this"}]}
CHATS = [
    [USER],
    [SYSTEM, USER],
    [USER, BOT, USER],
    [SYSTEM, USER, BOT, USER, BOT],
    [SYSTEM, USER, BOT, USER, BOT, USER, BOT, USER],
    [USER, THOUGHT, USER],
    [USER, INLINE, USER, INLINE],
    [USER, ASKS, TELLS],
    [SYSTEM, USER, ASKS, TELLS, BOT, USER],
    [USER, ASKS2, TELLS, TELLS, INLINE],
    [USER, ASKS, TELLS, ASKS2, TELLS, TELLS, THOUGHT, USER],
    [PARTS],
    [SYSTEM, PARTS, BOT, USER],
    [USER, USER],
    [BOT],
    [SYSTEM],
    [SYSTEM, SYSTEM, USER],
    [{"role": "developer", "content": "dev"}, USER],
    [{"role": "user", "content": ""}],
    [{"role": "user", "content": "\n \t"}],
    [USER, {"role": "assistant", "content": None}],
    [{"role": "user", "content": "x" * 300}, BOT, {"role": "user", "content": "{{ not a template }} {% if %}"}],
    [TELLS],
    [],
]
TOOLS = [
    {"type": "function", "function": {"name": "weather", "description": "Tells \"it\" \u2603.", "parameters": {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": " the city ", "enum": ["Z\u00fcrich", "Rome"]},
            "days": {"type": "array", "items": {"type": "integer"}, "default": [1]},
            "unit": {"type": ["string", "null"]},
            "o": {"type": "object", "properties": {"a": {"type": "number"}}, "required": ["a"]},
        },
        "required": ["city"]}}},
    {"type": "function", "function": {"name": "time", "description": None, "parameters": {"type": "object", "properties": {}}}},
]
DOCUMENTS = [{"title": "A", "text": "first"}, {"title": "B", "text": "second"}]
SETTINGS = [
    {"add_generation_prompt": True},
    {"add_generation_prompt": False},
    {"add_generation_prompt": True, "tools": TOOLS},
    {"add_generation_prompt": True, "enable_thinking": False, "reasoning_effort": "high"},
    {"add_generation_prompt": True, "tools": TOOLS, "documents": DOCUMENTS, "tools_in_user_message": False,
     "controls": {"length": "long"}, "add_vision_id": True, "date_string": "1 Jan 2025",
     "builtin_tools": ["code_interpreter", "weather"]},
]
DEFAULTS = {"tools": None, "documents": None, "bos_token": "<s>", "eos_token": "</s>"}

names = sorted(p.stem for p in (oracle.HERE / "templates").glob("*.jinja"))
sources = {n: (oracle.HERE / "templates" / f"{n}.jinja").read_text(encoding="utf-8") for n in names}
formats = {n: _detect_content_format(s, default="string") for n, s in sources.items()}
cases = []
for name in names:
    for c, chat in enumerate(CHATS):
        for s, setting in enumerate(SETTINGS):
            expected = oracle.render(sources[name], {"messages": chat, **DEFAULTS, **setting})
            cases.append({"template": name, "chat": c, "setting": s, "expected": expected})
oracle.write("chats.jsonl", [{"sources": sources, "formats": formats, "chats": CHATS, "settings": SETTINGS, "defaults": DEFAULTS}] + cases)
