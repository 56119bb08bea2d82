#!/usr/bin/env python3
"""Lets Envoy Gateway translate manifests, and fails on anything that it refuses.

usage: translate.py EGCTL < manifests
egctl ends well even when a policy is refused, so the conditions that it writes decide. Services get the address that a cluster would give them.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import yaml


def conditions(node, owner="?"):
    if isinstance(node, list):
        for item in node:
            yield from conditions(item, owner)
    elif isinstance(node, dict):
        if "kind" in node and "metadata" in node:
            owner = f'{node["kind"]} {node["metadata"].get("name")}'
        for condition in node.get("conditions") or []:
            if isinstance(condition, dict) and condition.get("status") == "False":
                yield f'{owner}: {condition["type"]} {condition["reason"]}: {condition.get("message")}'
        for value in node.values():
            yield from conditions(value, owner)


def kinds_in(node, names):
    """How often the wanted Envoy types occur."""
    if isinstance(node, list):
        for item in node:
            kinds_in(item, names)
    elif isinstance(node, dict):
        name = str(node.get("@type", "")).rsplit(".", 1)[-1]
        if name in names:
            names[name] += 1
        for value in node.values():
            kinds_in(value, names)
    return names


def lost_patches(documents, translated):
    """Patches that changed nothing: egctl does not tell of them."""
    for document in documents:
        for patch in document["spec"].get("jsonPatches", []):
            if not contains(translated, patch["operation"]["value"]):
                yield f'{document["kind"]} {document["metadata"]["name"]}: {patch["operation"].get("jsonPath")} is nowhere'


def contains(node, value):
    if node == value:
        return True
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return any(contains(child, value) for child in children)


def known(document):
    """Whether Envoy Gateway reads it; Deployments and our own kinds are not its business."""
    group = document["apiVersion"].split("/")[0]
    return group.startswith("gateway.") or document["kind"] in ("Namespace", "Service", "Secret", "ConfigMap")


cluster = pathlib.Path(__file__).with_name("cluster.yaml").read_text()
documents = [document for document in yaml.safe_load_all(sys.stdin.read() + "\n---\n" + cluster) if document and known(document)]
for index, service in enumerate(d for d in documents if d["kind"] == "Service"):
    service["spec"]["clusterIP"] = f"10.96.0.{index + 1}"
with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
    yaml.safe_dump_all(documents, file)
    file.flush()
    command = [sys.argv[1], "x", "translate", "--from", "gateway-api", "--to", "gateway-api,xds", "-t", "all", "-o", "json", "-f", file.name]
    result = subprocess.run(command, capture_output=True, text=True)
if result.returncode:
    sys.exit(result.stderr.strip() or result.stdout)
translated = json.loads(result.stdout)
patching = [document for document in documents if document["kind"] == "EnvoyPatchPolicy"]
refused = sorted(set(conditions(translated)) | set(lost_patches(patching, translated.get("xds", {}))))
print(" ".join(f"{name}={count}" for name, count in kinds_in(translated, {"ExternalProcessor": 0, "OverrideHost": 0}).items()))
sys.exit("\n".join(refused) or None)
