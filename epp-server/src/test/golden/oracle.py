"""Jinja2 with the settings of transformers, as the oracle of the golden files.

Run with Jinja2 3.1.6 and transformers 5.19.0 installed:

    python features.py ; python fuzz.py ; python chats.py ; python chat_requests.py

Each writes one file under ../resources/io/pickwick/epp/prompt/template/.
"""

import copy
import datetime
import json
import pathlib
import warnings

from transformers.utils import chat_template_utils

warnings.simplefilter("ignore", SyntaxWarning)
HERE = pathlib.Path(__file__).resolve().parent
OUT = HERE.parent / "resources/io/pickwick/epp/prompt/template"


class FixedDate(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2026, 2, 3, 4, 5, 6)


chat_template_utils.datetime = FixedDate


def render(template, variables):
    """The text, or None when Jinja2 or Python raises."""
    # The indent filter of Jinja2 changes a list that it gets by mistake.
    variables = copy.deepcopy(variables)
    try:
        return chat_template_utils._compile_jinja_template(template).render(**variables)
    except Exception:
        return None


def write(name, cases):
    with open(OUT / name, "w", encoding="utf-8") as f:
        for case in cases:
            f.write(json.dumps(case, ensure_ascii=True, separators=(",", ":")) + "\n")
    failed = sum(1 for case in cases if case.get("expected", "") is None)
    print(name, len(cases), "cases,", failed, "of them errors")
