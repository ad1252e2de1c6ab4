"""Writes families.json beside this file: conversations with tools, calls, results and parts, rendered by transformers'
own path with each template of families/.

    python families.py        (transformers and jinja2 from PyPI; nothing is downloaded)
"""
import json
from pathlib import Path

from transformers.utils.chat_template_utils import render_jinja_template

HERE = Path(__file__).parent
TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}


def message(role, content=None, **fields):
    return {"role": role} | ({} if content is None else {"content": content}) | fields


def call(name, identifier, **arguments):
    return {"type": "function", "function": {"name": name, "arguments": arguments}, "id": identifier}


SYSTEM = message("system", " Be brief & kind. ")
USER = message("user", "How <warm> is it in Zürich, and in 東京?")
WEATHER = {"type": "function", "function": {
    "name": "weather", "description": "The weather's \"facts\" at a place",
    "parameters": {"type": "object", "properties": {
        "place": {"type": "string", "description": "A town <name>"},
        "days": {"type": ["integer", "null"], "default": 1},
        "Unit": {"type": "string", "enum": ["C", "F"]}}, "required": ["place"]},
    "return": {"type": "string"}}}
MEAN = {"type": "function", "function": {
    "name": "mean", "description": "A mean", "parameters": {"type": "object", "properties": {
        "of": {"type": "array", "items": {"type": "number"}},
        "options": {"type": "object", "properties": {"round": {"type": "boolean"}}, "required": []}},
        "required": ["of"]}}}
ONE_CALL = [SYSTEM, USER, message("assistant", tool_calls=[call("weather", "call00001", place="Zürich <CH>", days=2)]),
            message("tool", '{"t": 21.5}', name="weather", tool_call_id="call00001"), message("assistant", "21.5 °C.")]
TWO_CALLS = [USER, message("assistant", "I look.", thought="Two towns.", tool_calls=[
    call("weather", "call00002", place="東京"), call("mean", "call00003", of=[1, 2.0, -3e-7], options={"round": False})]),
    message("tool", "23", tool_call_id="call00002"), message("tool", "-0.5", tool_call_id="call00003")]
CONVERSATIONS = {
    "question": [USER],
    "system": [SYSTEM, USER],
    "turns": [SYSTEM, USER, message("assistant", "<think>\nTwo.\n</think>\n\nWarm. "), message("user", "\tThanks!\n")],
    "answered": [message("user", "1+1?"), message("assistant", "2", reasoning_content="Easy.")],
    "twice": [USER, USER],
    "odd_role": [USER, message("critic", "No.")],
    "empty": [message("system", ""), message("user", "")],
    "parts": [message("user", [{"type": "text", "text": " Look: "}, {"type": "image"}, {"type": "text", "text": "what?"}])],
    "one_call": ONE_CALL,
    "two_calls": TWO_CALLS,
    "thoughts": [USER, message("assistant", "A", thinking=None, reasoning="R"), message("assistant", "B", thinking="T")],
    "nothing_said": [USER, message("assistant", tool_calls=None)],
}
DATE = {"date_string": "26 Jul 2024"}
# Template -> conversations, and of those with tools the variables.
PLAIN = ["question", "system", "turns", "answered", "twice", "empty"]
CASES = {
    "fields": (["thoughts", "two_calls", "nothing_said"], []),
    "chatml": (PLAIN + ["odd_role", "parts"], []),
    "falcon3": (PLAIN + ["odd_role"], [("system", {"tools": [WEATHER]}), ("turns", {"tools": [MEAN]})]),
    "gemma3": (PLAIN + ["parts", "nothing_said"], []),
    "llama2": (PLAIN, []),
    "llama3": (PLAIN + ["odd_role"], []),
    "llama3_1": ([], [("question", DATE), ("turns", DATE | {"tools": [MEAN]}), ("one_call", DATE | {"tools": [WEATHER]}),
                      ("one_call", DATE | {"custom_tools": [WEATHER], "tools_in_user_message": False}),
                      ("one_call", DATE | {"builtin_tools": ["weather", "code_interpreter"]}),
                      ("two_calls", DATE | {"tools": [WEATHER]})]),
    "minicpm": (PLAIN, []),
    "minicpm3": (PLAIN, [("one_call", {"tools": [WEATHER, MEAN]}), ("two_calls", {"tools": [MEAN]})]),
    "mistral_tekken": (PLAIN + ["parts", "one_call", "two_calls"], []),
    "mistral_v1": (PLAIN + ["odd_role"], []),
    "mistral_v3": (PLAIN, [("one_call", {"tools": [WEATHER, MEAN]}), ("two_calls", {"tools": [WEATHER]})]),
    "phi3": (PLAIN, []),
    "phi4": (PLAIN + ["odd_role"], []),
    "phi4_mini": (PLAIN, [("one_call", {"tools": [WEATHER]}), ("two_calls", {"response": "So.", "prompt": "?"})]),
    "qwen2_5": (PLAIN, [("one_call", {"tools": [WEATHER, MEAN]}), ("two_calls", {"tools": [MEAN]})]),
    "qwen3": (PLAIN + ["one_call", "two_calls", "thoughts"], [("question", {"enable_thinking": False})]),
    "qwen3_coder": (PLAIN, [("one_call", {"tools": [WEATHER, MEAN]}), ("two_calls", {})]),
    "smollm": (PLAIN, []),
}


def render(template, conversation, prompt, extra):
    """The text, or null where transformers fails."""
    try:
        return render_jinja_template([conversation], chat_template=template, add_generation_prompt=prompt,
                                     **TOKENS, **extra)[0][0]
    except Exception:
        return None


def main():
    renders = []
    for name, (plain, with_variables) in CASES.items():
        template = (HERE / "families" / f"{name}.jinja").read_text()
        for i, (conversation, extra) in enumerate([(c, {}) for c in plain] + with_variables):
            prompt = i % 3 != 1
            renders.append([name, conversation, prompt, extra, render(template, CONVERSATIONS[conversation], prompt, extra)])
    golden = {"tokens": TOKENS, "conversations": CONVERSATIONS, "renders": renders}
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in renders)
    head = json.dumps({key: golden[key] for key in ("tokens", "conversations")}, ensure_ascii=False)[:-1]
    (HERE / "families.json").write_text(head + ',\n"renders": [\n' + rows + "\n]}\n")
    failed = [row[:4] for row in renders if row[4] is None]
    print(f"{len(renders)} renderings, of which fail:", *failed, sep="\n  ")


if __name__ == "__main__":
    main()
