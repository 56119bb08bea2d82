"""Chat requests as vLLM 0.32 itself validates, parses and renders them.

Needs vLLM 0.32.0 (its CPU build does) beside transformers.
"""

import copy
import itertools
import json
import logging
import random
from types import SimpleNamespace

import oracle

from vllm.entrypoints.openai.chat_completion.protocol import ChatCompletionRequest
from vllm.renderers import hf
from vllm.renderers.chat_utils import parse_chat_messages
from vllm.renderers.params import merge_kwargs
from transformers import PreTrainedTokenizerFast
from tokenizers import Tokenizer, models

logging.disable(logging.CRITICAL)
R = random.Random(7)
MODEL = SimpleNamespace(
    multimodal_config=None,
    enable_prompt_embeds=False,
    hf_config=SimpleNamespace(model_type="llama"),
    allowed_local_media_path="",
    allowed_media_domains=None,
    tokenizer="t",
    model="t",
    tokenizer_revision=None,
    code_revision=None,
    revision=None,
    trust_remote_code=False,
)
hf._try_get_processor_chat_template = lambda *a, **k: None
TOKENIZER = PreTrainedTokenizerFast(
    tokenizer_object=Tokenizer(models.WordLevel({"a": 0}, unk_token="a")),
    bos_token="<s>",
    eos_token="</s>",
)

# Shows everything a template can see.
SHOW = (
    "{% for m in messages %}{{ m | tojson }}\n{% endfor %}"
    "tools={{ tools | tojson }} documents={{ documents | tojson }} gen={{ add_generation_prompt }}"
    " {{ bos_token }}{{ eos_token }} thinking={{ enable_thinking | d('-') }}"
    " effort={{ reasoning_effort | d('-') }} x={{ x | d('-') }}"
)
TEMPLATES = {
    "string": SHOW,
    "openai": "{% for m in messages %}{% for c in m.content %}{% endfor %}{% endfor %}" + SHOW,
    "developer": "{# 'developer' #}" + SHOW,
    "plain": "{% for m in messages %}<{{ m.role }}>{{ m['content'] }}</{{ m.role }}>\n{% endfor %}",
    "trimmed": "{% for m in messages %}<{{ m.role }}>{{ m['content'] | trim }}</{{ m.role }}>\n"
    "{% endfor %}",
    "parts": "{% for m in messages %}{{ m.role }}{% for c in m['content'] %}[{{ c.text }}]"
    "{% endfor %}{% endfor %}",
    "lost": "{% for m in messages %}{{ m.role }}{% if m.content is none %}x{% endif %}{% endfor %}",
}


def render(body, template):
    """The text, or None when the engine refuses the request."""
    try:
        # The way of the body through render_chat and preprocess_chat.
        request = ChatCompletionRequest.model_validate(copy.deepcopy(body))
        tools = None if request.tools is None else [t.model_dump() for t in request.tools]
        params = request.build_chat_params(template, "auto").with_defaults(
            merge_kwargs(None, dict(tools=tools, tokenize=False))
        )
        conversation, _, _ = parse_chat_messages(
            request.messages,
            MODEL,
            hf.resolve_chat_template_content_format(
                template, params.chat_template_kwargs.get("tools"), "auto", TOKENIZER,
                model_config=MODEL,
            ),
        )
        return hf.safe_apply_chat_template(
            MODEL, TOKENIZER, conversation, **params.get_apply_chat_template_kwargs()
        )
    except Exception as e:
        if isinstance(e, (NameError, ImportError)):
            raise
        return None


def call(arguments, **more):
    return {"id": "c1", "type": "function", "function": {"name": "f", "arguments": arguments}, **more}


USER = {"role": "user", "content": "Hi \u00e9\U0001F600"}
MESSAGES = [
    USER,
    {"content": "swapped", "role": "user"},
    {"role": "user", "content": "named", "name": "Ann"},
    {"role": "user", "content": "", "extra": 1},
    {"role": "user"},
    {"role": "user", "content": None},
    {"role": "user", "content": 5},
    {"role": "user", "content": "x", "name": None},
    {"role": "user", "content": "x", "name": 3},
    {"role": "user", "content": "x", "task": "t"},
    {"role": "user", "content": []},
    {"role": "user", "content": [{"type": "text", "text": "a"}]},
    {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b\n"}]},
    {"role": "user", "content": [{"text": "a", "type": "text", "cache_control": {"type": "e"}, "z": 1}]},
    {"role": "user", "content": [{"type": "text", "text": ""}, {"type": "text", "text": ""}]},
    {"role": "user", "content": [{"type": "text", "text": None}]},
    {"role": "user", "content": [{"type": "text"}]},
    {"role": "user", "content": [{"text": "a"}]},
    {"role": "user", "content": ["a", "b"]},
    {"role": "user", "content": [{"type": "nope", "text": "a"}]},
    {"role": "system", "content": "Be brief."},
    {"role": "system", "content": [{"type": "text", "text": "Be"}, {"type": "text", "text": "brief"}]},
    {"role": "system", "content": "x-anthropic-billing-header: cch=1"},
    {"role": "system", "content": "x-anthropic-billing-header: cch=1\nBe brief."},
    {"role": "system", "content": [{"type": "text", "text": "x-anthropic-billing-header: 1\nr", "k": 1},
                                   {"type": "text", "text": "s"}]},
    {"role": "system", "content": None},
    {"role": "developer", "content": "Dev."},
    {"role": "developer", "content": [{"type": "text", "text": "D1"}, {"type": "text", "text": "D2"}]},
    {"role": "assistant", "content": "Yes."},
    {"role": "assistant", "content": None},
    {"role": "assistant"},
    {"role": "assistant", "content": [{"type": "text", "text": "a"}, {"type": "refusal", "refusal": "b"}]},
    {"role": "assistant", "content": "x", "reasoning": "why"},
    {"role": "assistant", "content": "x", "reasoning_content": "why"},
    {"role": "assistant", "content": "x", "reasoning": "a", "reasoning_content": "b"},
    {"role": "assistant", "content": "x", "reasoning": None, "reasoning_content": "b"},
    {"role": "assistant", "content": "x", "reasoning": ""},
    {"role": "assistant", "content": None, "reasoning": "only"},
    {"role": "assistant", "content": "x", "refusal": None, "annotations": None, "audio": None,
     "function_call": None, "tool_calls": [], "reasoning": "echoed"},
    {"role": "assistant", "content": "x", "refusal": None, "reasoning": "r"},
    {"role": "assistant", "content": "x", "tool_calls": None},
    {"role": "assistant", "content": None, "tool_calls": None},
    {"role": "assistant", "tool_calls": None},
    {"role": "assistant", "content": "x", "tool_calls": []},
    {"role": "assistant", "content": None, "tool_calls": [call("{\"b\": 1, \"a\": [1.0, null, 1e3]}")]},
    {"role": "assistant", "content": None, "tool_calls": [call("{}"), call("")]},
    {"role": "assistant", "content": None, "tool_calls": [call("{bad"), call("[1]"), call("3"), call(" ")]},
    {"role": "assistant", "content": None, "tool_calls": [call("{\"a\": NaN, \"b\": 12345678901234567890}")]},
    {"role": "assistant", "content": None, "tool_calls": [call("{\"a\": 1} x"), call("{\"a\": 1, \"a\": 2}")]},
    {"role": "assistant", "content": None, "tool_calls": [call("{\"a\": 01}"), call("{'a': 1}"), call("{\"a\": \"\t\"}")]},
    {"role": "assistant", "content": None, "tool_calls": [call("{\"n\": 1E400, \"m\": -0.0, \"k\": 1.5e-7}")]},
    {"role": "assistant", "content": "c", "reasoning": "r", "tool_calls": [call("{\"q\": \"\u00fc\"}", index=0)]},
    {"role": "assistant", "content": None, "tool_calls": [{"function": {"arguments": "{}", "name": "g", "more": 1},
                                                           "type": "function", "id": "c9", "index": 1}]},
    {"role": "assistant", "content": None, "tool_calls": [{"id": "c", "function": {"name": "g", "arguments": "{}"}}]},
    {"role": "assistant", "content": None, "tool_calls": [{"id": "c", "type": "function", "function": {"name": "g"}}]},
    {"role": "assistant", "content": None, "tool_calls": [{"type": "function", "function": {"name": "g", "arguments": "{}"}}]},
    {"role": "assistant", "content": None, "tool_calls": [call({"a": 1})]},
    {"role": "assistant", "content": None, "tool_calls": [{"id": "c", "type": "custom", "custom": {"name": "n", "input": "i"}}]},
    {"role": "assistant", "content": None, "tool_calls": [call("{}"), 3]},
    {"role": "tool", "content": "result", "tool_call_id": "c1"},
    {"role": "tool", "content": "result", "tool_call_id": "c1", "name": "f"},
    {"role": "tool", "content": "result"},
    {"role": "tool", "content": "result", "tool_call_id": None},
    {"role": "tool", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], "tool_call_id": "c"},
    {"role": "tool", "content": [], "tool_call_id": "c"},
    {"role": "function", "content": "r", "name": "f"},
    {"role": "function", "content": None, "name": "f"},
    {"role": "ipython", "content": "custom role"},
    {"role": "critic", "content": [{"type": "text", "text": "a"}], "name": "n"},
    {"content": "no role"},
]
TOOLS = [
    [{"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {"z": {"type": "string"}, "a": {"type": "number"}}, "required": ["z"]}}}],
    [{"function": {"parameters": {"b": 1, "a": 2}, "name": "f", "foo": 1}, "type": "function", "bar": 2}],
    [{"type": "function", "function": {"name": "g"}}, {"function": {"name": "h", "strict": False}}],
    [{"type": "function", "function": {"name": "g", "strict": True, "description": None}}],
    [{"type": "function", "function": {"description": "no name"}}],
    [{"type": "other", "function": {"name": "g"}}],
    [],
    None,
]
SETTINGS = [
    {},
    {"add_generation_prompt": False},
    {"chat_template_kwargs": {"enable_thinking": False, "x": [1, {"a": None}], "unused": 1}},
    {"chat_template_kwargs": {"x": None, "add_generation_prompt": False}},
    {"chat_template_kwargs": {"x": "auto"}},
    {"chat_template_kwargs": {"bos_token": "<B>"}},
    {"chat_template_kwargs": None},
    {"chat_template_kwargs": 3},
    {"reasoning_effort": "high"},
    {"reasoning_effort": "none"},
    {"reasoning_effort": "odd"},
    {"reasoning_effort": "low", "chat_template_kwargs": {"enable_thinking": False}},
    {"documents": [{"title": "t", "text": "x"}]},
    {"documents": []},
    {"documents": ["x"]},
    {"tool_choice": "none"},
    {"tool_choice": None},
    {"continue_final_message": True},
    {"continue_final_message": True, "add_generation_prompt": False},
    {"continue_final_message": True, "add_generation_prompt": True},
    {"messages": []},
]

bodies = []
for message in MESSAGES:
    bodies.append({"messages": [message]})
    bodies.append({"messages": [USER, message]})
for tools in TOOLS:
    for choice in ({}, {"tool_choice": "none"}, {"tool_choice": "auto"}):
        bodies.append({"messages": [USER], "tools": tools, **choice})
for setting in SETTINGS:
    bodies.append({"messages": [USER], **setting})
    bodies.append({"messages": [USER, {"role": "assistant", "content": " to be continued  "}], **setting})
    bodies.append({"messages": [{"role": "assistant", "content": [{"type": "text", "text": "part "}]}], **setting})
for _ in range(150):
    bodies.append({"messages": [copy.deepcopy(R.choice(MESSAGES[:5] + MESSAGES[10:15] + MESSAGES[20:25] + MESSAGES[26:49]
                                                       + MESSAGES[59:64])) for _ in range(R.randrange(1, 6))],
                   **R.choice(SETTINGS)})
cases = []
for body in bodies:
    for name in TEMPLATES if "continue_final_message" in body else list(TEMPLATES)[:3]:
        cases.append({"template": name, "body": body, "expected": render(body, TEMPLATES[name])})
oracle.write("requests.jsonl", [{"templates": TEMPLATES}] + cases)
