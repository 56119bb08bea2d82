"""Makes block-hashes.jsonl: block hashes as vLLM itself computes them.

Run with the Python of a vLLM 0.32.0 installation that also has `xxhash`:

    python block_hashes.py > ../resources/io/pickwick/kv/hash/block-hashes.jsonl

vLLM's own get_request_block_hasher makes the hashes, of requests that went through the encoder and decoder between its API
server and its engine core, as far as these take them. For the forms of older versions its extra keys are rewritten as
those versions had them; the 64-bit algorithm is that of 0.10.0.
"""

import hashlib
import json
import os
import random
import sys
from types import SimpleNamespace as Bag

import cbor2
import msgspec
import torch
import vllm.v1.core.kv_cache_utils as kv
from vllm.lora.request import LoRARequest
from vllm.multimodal.inputs import MultiModalFeatureSpec, PlaceholderRange
from vllm.sampling_params import SamplingParams
from vllm.utils.hashing import get_hash_fn_by_name
from vllm.v1.engine import EngineCoreRequest
from vllm.v1.request import Request
from vllm.v1.serial_utils import MsgpackDecoder, MsgpackEncoder

FORMS = ["NUMBERED", "NAMED", "DIGESTED", "POSITIONED", "TAGGED"]
ALGORITHMS = ["sha256", "sha256_cbor", "xxhash", "xxhash_cbor", "sha256_cbor_64bit"]
ENCODER, DECODER = MsgpackEncoder(), MsgpackDecoder(EngineCoreRequest)
TAGGED_KEYS = kv.generate_block_hash_extra_keys


def fresh(text):
    """The text as the engine gets it: decoded from a message, so never the same object twice."""
    try:
        return msgspec.msgpack.decode(msgspec.msgpack.encode(text))
    except UnicodeEncodeError:
        return (text + "-")[:-1]


def text(spec):
    return spec if isinstance(spec, str) else spec[0] * spec[1]


def tokens(spec):
    if isinstance(spec, list):
        return spec
    return [(i * spec["step"] + spec["first"]) % spec["below"] for i in range(spec["count"])]


def rows(spec):
    count, width = spec
    return torch.tensor([(i * 31 + 7) % 256 for i in range(count * width)], dtype=torch.uint8).reshape(count, width)


def keys_of(form, adapter, embeds):
    """generate_block_hash_extra_keys of the versions that have this form."""

    def old(key, start, end):
        if key[0] == "lora":
            return adapter["id"] if form == "NUMBERED" else key[1]
        if key[0] == "mm":
            return key[1:] if form == "POSITIONED" else key[1]
        if key[0] == "prompt_embeds" and form in ("NUMBERED", "NAMED"):
            return embeds[start:end].numpy().tobytes()
        return key[1]

    def generate(request, start, end, index):
        keys, index = TAGGED_KEYS(request, start, end, index)
        if keys is None or form == "TAGGED":
            return keys, index
        return tuple(old(key, start, end) for key in keys), index

    return generate


def low64(digest):
    return int.from_bytes(digest[-8:], "big")


def hash_function(algorithm):
    if algorithm == "sha256_cbor_64bit":
        return lambda value: low64(hashlib.sha256(cbor2.dumps(value, canonical=True)).digest())
    return get_hash_fn_by_name(algorithm)


def digests(case):
    function = hash_function(case["algorithm"])
    os.environ.pop("PYTHONHASHSEED", None)
    if case.get("seed") is not None:
        os.environ["PYTHONHASHSEED"] = case["seed"]
    kv.init_none_hash(function)
    adapter = case.get("adapter")
    embeds = rows(case["embeds"]) if "embeds" in case else None
    kv.generate_block_hash_extra_keys = keys_of(case["form"], adapter, embeds)
    request = sent(case) or bare(case, embeds)
    hashes = kv.get_request_block_hasher(case["blockSize"], function)(request)
    return [h.to_bytes(8, "big").hex() if isinstance(h, int) else h.hex() for h in hashes]


def sent(case):
    """The request as the engine core decodes it; None if it can't be sent."""
    adapter = case.get("adapter")
    try:
        request = EngineCoreRequest(
            request_id="golden",
            prompt_token_ids=tokens(case["tokens"]),
            mm_features=[
                MultiModalFeatureSpec(
                    data=None, modality="image", identifier=text(name), mm_position=PlaceholderRange(offset=offset, length=length)
                )
                for name, offset, length in case.get("media", [])
            ]
            or None,
            sampling_params=SamplingParams(max_tokens=1),
            pooling_params=None,
            arrival_time=0.0,
            lora_request=adapter and LoRARequest(text(adapter["name"]), adapter["id"], text(adapter["path"])),
            cache_salt=text(case["salt"]) if "salt" in case else None,
            data_parallel_rank=None,
        )
        decoded = DECODER.decode(ENCODER.encode(request))
    except (AssertionError, ValueError):
        return None
    if "embeds" in case or not decoded.prompt_token_ids:
        return None
    return Request.from_engine_core_request(decoded, None)


def bare(case, embeds):
    """What get_request_block_hasher looks at, and nothing else."""
    adapter = case.get("adapter")
    all_tokens = tokens(case["tokens"])
    return Bag(
        block_hashes=[],
        num_tokens=len(all_tokens),
        all_token_ids=all_tokens,
        mm_features=[
            Bag(identifier=fresh(text(name)), mm_position=Bag(offset=offset, length=length))
            for name, offset, length in case.get("media", [])
        ],
        lora_request=adapter
        and Bag(lora_name=fresh(text(adapter["name"])), lora_path=fresh(text(adapter["path"]))),
        cache_salt=fresh(text(case["salt"])) if "salt" in case else None,
        prompt_embeds=embeds,
        _prompt_embeds_per_block_hashes={},
    )


def case(name, algorithm, form="TAGGED", size=16, tokens=None, seed="0", **extra):
    made = {"name": name, "algorithm": algorithm, "form": form, "blockSize": size, "seed": seed, **extra}
    made["tokens"] = tokens or {"count": 2 * size, "step": 1, "first": 1, "below": 1 << 30}
    return made


def wide(count):
    """Tokens that take five bytes each."""
    return {"count": count, "step": 7919, "first": 65536, "below": 1 << 31}


ADAPTER = {"name": "sql-lora", "id": 4, "path": "models/lora-sql"}
SALTS = {
    "one character": "x",
    "umlaut": "ü",
    "two scripts": "Grüße, 世界",
    "beyond the basic plane": "🔑a🗝",
    "255 bytes": ["s", 255],
    "256 bytes": ["s", 256],
    "23 bytes": ["s", 23],
    "24 bytes": ["s", 24],
    "256 characters of two bytes": ["é", 256],
    "65535 bytes": ["s", 65535],
    "65536 bytes": ["s", 65536],
    "70000 bytes": ["s", 70000],
    "almost a frame": ["s", 65400],
    "quotes and control characters": '"\\\n\u0000\u007f\u2028',
}


def named():
    for algorithm in ALGORITHMS:
        yield case("plain", algorithm)
        yield case("seed 42", algorithm, seed="42")
        yield case("seed with a leading zero", algorithm, seed="042")
        yield case("seed that says random", algorithm, seed="random")
        yield case("widths", algorithm, size=4, tokens=[0, 23, 24, 255, 256, 65535, 65536, 2**31 - 1])
        for size in (1, 2, 3, 4, 16, 23, 24, 64, 128, 255, 256, 1000):
            yield case(f"blocks of {size}", algorithm, size=size, tokens={"count": 2 * size + 1, "step": 7919, "first": 13, "below": 152064})
        for form in FORMS:
            yield case("adapter", algorithm, form, adapter=ADAPTER)
            yield case("salt", algorithm, form, salt="tenant-a")
            yield case("adapter and salt", algorithm, form, adapter=ADAPTER, salt="tenant-a")
            yield case("medium over three blocks", algorithm, form, size=4, media=[["imghash", 2, 8]])
            yield case("medium from the start", algorithm, form, size=4, media=[["imghash", 0, 4]])
            yield case("two media in a block", algorithm, form, media=[["a" * 64, 2, 3], ["b" * 64, 7, 20]])
            yield case("one medium twice", algorithm, form, media=[["a" * 64, 2, 3], ["a" * 64, 7, 2]])
            yield case("five media in a block", algorithm, form, media=[[f"m{i}", 3 * i, 3] for i in range(5)])
            yield case("media without tokens", algorithm, form, size=4, media=[["none", 2, 0], ["edge", 4, 0]])
            yield case("a medium in another", algorithm, form, size=4, media=[["outer", 1, 20], ["inner", 2, 3]])
            yield case("one character everywhere", algorithm, form, adapter={"name": "x", "id": 1, "path": "x"}, salt="x", media=[["x", 1, 2], ["ü", 4, 2], ["ü", 7, 2]])
            yield case("words of the engine", algorithm, form, adapter={"name": "lora", "id": 1, "path": "mm"}, salt="mm", media=[["mm", 1, 2], ["lora", 4, 2]])
            yield case("embeddings", algorithm, form, size=4, embeds=[10, 24])
            yield case("everything", algorithm, form, adapter=ADAPTER, salt="tenant-a", media=[["a" * 64, 2, 30]], embeds=[20, 64])
        for number in (255, 256, 65535, 65536, 2**31 - 1):
            yield case(f"adapter number {number}", algorithm, "NUMBERED", adapter={"name": "a", "id": number, "path": "p"})
        for about, salt in SALTS.items():
            yield case(f"salt: {about}", algorithm, salt=salt)
    for algorithm in ("sha256", "sha256_cbor"):
        yield case("no seed", algorithm, seed=None)
        yield case("no seed, everything", algorithm, seed=None, adapter=ADAPTER, salt="tenant-a", media=[["a" * 64, 2, 30]])
    for algorithm in ("sha256", "xxhash"):
        yield case("half a surrogate pair", algorithm, salt="a\ud83d-\udd11z")
        yield case("empty path", algorithm, adapter={"name": "a", "id": 1, "path": ""}, media=[["", 1, 2], ["", 5, 2]])
        yield case("many memos", algorithm, size=1024, media=[[f"id{i}", i, 1] for i in range(300)] + [["q", 400, 1], ["q", 401, 1]])
        for size in (*range(13095, 13113), 20000, 40000):
            yield case(f"a frame of {size} tokens", algorithm, size=size, tokens=wide(size), salt="tenant-a")
        for length in range(65400, 65441, 4):
            yield case(f"a frame with a salt of {length}", algorithm, salt=["s", length], adapter=ADAPTER)
        yield case("two long strings", algorithm, adapter={"name": ["n", 66000], "id": 1, "path": ["p", 70000]}, salt=["s", 65536])
        yield case("long strings, bare", algorithm, "NAMED", adapter={"name": ["n", 66000], "id": 1, "path": ""}, salt=["s", 65536])
        for width in (1, 15, 16, 255, 256, 4095, 4096, 5000):
            yield case(f"rows of {width}", algorithm, "NAMED", embeds=[24, width])


def drawn(source):
    characters = "abcxyz019-_/ éüß世界🔑"

    def word():
        return "".join(source.choice(characters) for _ in range(source.choice([1, 1, 2, 5, 30, 90])))

    for number in range(400):
        size = source.choice([1, 2, 3, 4, 5, 8, 16, 16, 16, 32, 64])
        count = source.randrange(0, 6 * size)
        extra = {}
        if source.random() < 0.4:
            extra["adapter"] = {"name": word(), "id": source.choice([1, 2, 300, 70000]), "path": word()}
        if source.random() < 0.4:
            extra["salt"] = word()
        if source.random() < 0.5:
            media, at = [], 0
            for _ in range(source.randrange(1, 7)):
                at += source.choice([0, 0, 1, 2, size, source.randrange(0, 2 * size)])
                length = source.choice([1, 2, size, source.randrange(1, 3 * size + 1)])
                media.append([word(), at, length])
                at += length
            extra["media"] = media
        if source.random() < 0.15:
            extra["embeds"] = [source.randrange(0, count + 1), source.choice([2, 16, 64])]
        below = source.choice([200, 30000, 152064, 1 << 31])
        yield case(
            f"drawn {number}",
            source.choice(ALGORITHMS),
            source.choice(FORMS),
            size=size,
            tokens={"count": count, "step": source.randrange(1, 1 << 20), "first": source.randrange(below), "below": below},
            seed=source.choice(["0", "1", "4294967295"]),
            **extra,
        )


for made in (*named(), *drawn(random.Random(20261121))):
    made["digests"] = digests(made)
    json.dump(made, sys.stdout, separators=(",", ":"))
    print()
