#!/usr/bin/env python3
"""Writes the JSON schemas by which kubeconform checks manifests offline, unknown fields refused.

usage: schemas.py OUT SWAGGER CRDS...     SWAGGER is Kubernetes' api/openapi-spec/swagger.json; CRDS are files or directories
"""
import json
import pathlib
import sys

import yaml



class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML 1.1 makes a lone `=` a type of its own; the Prometheus operator's kinds have it as text."""


Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: node.value)


def strict(node):
    if isinstance(node, list):
        return [strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    result = {key: strict(value) for key, value in node.items() if key != "x-kubernetes-validations"}
    if result.pop("x-kubernetes-int-or-string", False) is True or result.get("format") == "int-or-string":
        for key in ("type", "format", "anyOf", "pattern"):
            result.pop(key, None)
        result["type"] = ["integer", "string"]
    open_ended = "additionalProperties" in result or result.get("x-kubernetes-preserve-unknown-fields")
    if isinstance(result.get("properties"), dict) and not open_ended:
        result["additionalProperties"] = False
    return result


def inlined(node, definitions, seen=()):
    """The node with its references put in place; recursive ones accept anything."""
    if isinstance(node, list):
        return [inlined(item, definitions, seen) for item in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str):
        name = reference.rsplit("/", 1)[1]
        if name.endswith(".Quantity"):
            return {"type": ["string", "number"]}
        return {} if name in seen else inlined(definitions[name], definitions, (*seen, name))
    return {key: inlined(value, definitions, seen) for key, value in node.items()}


def kinds(swagger):
    definitions = swagger["definitions"]
    for definition in definitions.values():
        names = definition.get("x-kubernetes-group-version-kind") or []
        if len(names) == 1:
            yield names[0]["group"], names[0]["kind"], names[0]["version"], lambda d=definition: inlined(d, definitions)


def custom_kinds(paths):
    for path in map(pathlib.Path, paths):
        for file in sorted(path.rglob("*.yaml")) if path.is_dir() else [path]:
            for document in yaml.load_all(file.read_text(), Loader=Loader):
                if not document or document.get("kind") != "CustomResourceDefinition":
                    continue
                spec = document["spec"]
                for version in spec["versions"]:
                    schema = version["schema"]["openAPIV3Schema"]
                    schema["properties"].update({name: {} for name in ("apiVersion", "kind", "metadata")})
                    yield spec["group"], spec["names"]["kind"], version["name"], lambda s=schema: s


def main(out, swagger, *crds):
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    wanted = {"", "apps", "autoscaling", "networking.k8s.io", "policy", "rbac.authorization.k8s.io"}
    core = (kind for kind in kinds(json.loads(pathlib.Path(swagger).read_text())) if kind[0] in wanted)
    count = 0
    for source in (core, custom_kinds(crds)):
        for group, kind, version, schema in source:
            name = f"{group or version}-{kind}-{version}.json".lower()
            (out / name).write_text(json.dumps(strict(schema())))
            count += 1
    print(f"{count} schemas")


main(*sys.argv[1:])
