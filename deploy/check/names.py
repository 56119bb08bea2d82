#!/usr/bin/env python3
"""Fails on manifests with names that the API server would refuse.

usage: names.py < manifests
Services are called by RFC 1035 (a letter first, no dots), everything else by RFC 1123; label values take 63 characters. Prints the Deployment's name.
"""
import re
import sys

import yaml

LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = re.compile(rf"{LABEL}(\.{LABEL})*")
SERVICE = re.compile("[a-z]([-a-z0-9]*[a-z0-9])?")
VALUE = re.compile("([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?")
# Every place in what the chart renders that refers to another resource by its name.
REFERENCES = {"name", "serviceAccountName", "claimName", "secretName"}


def strings(node, path=""):
    """Names that YAML took for something else than text, wherever they are."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        if key in REFERENCES and not isinstance(child, (str, dict)):
            yield f"{path}/{key} is no text: {child!r}"
        yield from strings(child, f"{path}/{key}")


def faults(document):
    name = document["metadata"]["name"]
    pattern, length = (SERVICE, 63) if document["kind"] == "Service" else (SUBDOMAIN, 253)
    yield from strings(document)
    if not isinstance(name, str) or len(name) > length or not pattern.fullmatch(name):
        yield f"its name is refused: {name!r}"
    labels = dict(document["metadata"].get("labels") or {})
    labels.update(document.get("spec", {}).get("template", {}).get("metadata", {}).get("labels") or {})
    for key, value in labels.items():
        if not isinstance(value, str) or len(value) > 63 or not VALUE.fullmatch(value):
            yield f"its label {key} is refused: {value!r}"


documents = [document for document in yaml.safe_load_all(sys.stdin) if document]
found = [f'{document["kind"]} {document["metadata"]["name"]}: {fault}' for document in documents for fault in faults(document)]
print(*(document["metadata"]["name"] for document in documents if document["kind"] == "Deployment"))
sys.exit("\n".join(found) or None)
