"""Makes the tokenizers of this folder and the ids of texts.json under each of them.

Run with Hugging Face tokenizers (made with 0.23.3): python make.py
Trains on Python's own standard library and the sentences below; every tokenizer has a pre-tokenizer
of the field. ids/NAME.txt has one line per text: the ids without and, behind a bar, with the post-processor.
"""
import glob, json, os, random, sys, sysconfig
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

here = os.path.dirname(os.path.abspath(__file__))
CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)"
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
SPACES = r"\s*[\r\n]+|\s+(?!\S)|\s+"
LLAMA3 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|" + SPACES
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
QWEN35 = CONTRACTIONS + r"|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|" + SPACES
O200K = (rf"[^\r\n\p{{L}}\p{{N}}]?{UPPER}*{LOWER}+{CONTRACTIONS}?|[^\r\n\p{{L}}\p{{N}}]?{UPPER}+{LOWER}*{CONTRACTIONS}?"
         r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|" + SPACES)
TEKKEN = O200K.replace(CONTRACTIONS + "?", "").replace(r"\p{N}{1,3}", r"\p{N}")
DEEPSEEK3 = (r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|""" + SPACES)

SENTENCES = """我们都是世界的公民，今天的天气很好。你好，世界！これは日本語のテキストです。カタカナとひらがな、漢字。
한국어 문장을 토큰으로 나눕니다. Привет, мир! Как твои дела сегодня? Γειά σου Κόσμε, τι κάνεις;
مرحبا بالعالم، كيف حالك اليوم؟ שלום עולם, מה שלומך היום? नमस्ते दुनिया, आप कैसे हैं? สวัสดีชาวโลก วันนี้อากาศดี
Ça va très bien, déjà vu, naïve façade, Übermäßig große Straße, señor mañana, Đường phố Việt Nam đẹp quá
👨‍👩‍👧‍👦 👍🏽 🇩🇪🇫🇷 ❤️ 🏳️‍🌈 I'm you're we've he'll she'd it's don't I'M YOU'RE 12345 3.14159 1,000,000 0x7fff
""".splitlines()

def split(regex): return pre_tokenizers.Split(Regex(regex), "isolated")
def chain(*steps): return pre_tokenizers.Sequence([*steps, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
def special(text, **flags): return AddedToken(text, special=True, normalized=flags.pop("normalized", False), **flags)
CHAT = [special("<|endoftext|>"), special("<|im_start|>"), special("<|im_end|>")]
def template(bos, id, eos=None): return processors.TemplateProcessing(single=f"{bos} $A" + (f" {eos[0]}" if eos else ""),
    pair=f"{bos} $A {bos} $B:1", special_tokens=[(bos, id)] + ([eos] if eos else []))

# name: pre-tokenizer, normalizer, added tokens, ignore_merges, post-processor by the ids of added tokens
def kinds():
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    nfc = normalizers.NFC()
    yield "gpt2", level, None, [special("<|endoftext|>")], False, None
    yield "llama3", chain(split(LLAMA3)), None, [special("<|begin_of_text|>"), special("<|eot_id|>"), special("<|start_header_id|>"), special("<|end_header_id|>")], True, \
        lambda t: processors.Sequence([processors.ByteLevel(trim_offsets=False), template("<|begin_of_text|>", t("<|begin_of_text|>"))])
    yield "qwen2", chain(split(QWEN2)), nfc, CHAT + [AddedToken("<tool_call>", normalized=False, special=False)], False, lambda t: processors.ByteLevel(trim_offsets=False)
    yield "qwen35", chain(split(QWEN35)), nfc, CHAT, False, None
    yield "o200k", chain(split(O200K)), None, [special("<|start|>"), special("<|end|>"), special("<|message|>")], True, None
    yield "tekken", chain(split(TEKKEN)), None, [special("<s>"), special("</s>"), special("[INST]"), special("[/INST]")], False, \
        lambda t: template("<s>", t("<s>"), ("</s>", t("</s>")))
    yield "deepseek3", chain(split(r"\p{N}{1,3}"), split("[一-龥぀-ゟ゠-ヿ]+"), split(DEEPSEEK3)), normalizers.Sequence([]), \
        [special("<｜begin▁of▁sentence｜>"), special("<｜User｜>"), AddedToken("<think>", special=False, normalized=True)], False, None
    yield "deepseek-coder", chain(split(r"[\r\n]"), split(r"\s?\p{L}+"), split(r"\s?\p{P}+"), split("[一-龥ࠀ-一가-퟿]+"), pre_tokenizers.Digits(individual_digits=True)), None, \
        [special("<|EOT|>")], False, None
    yield "starcoder", pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=False), level]), None, [special("<fim_prefix>")], False, None
    yield "flags", level, nfc, [special("<l>", lstrip=True), special("<r>", rstrip=True), special("<lr>", lstrip=True, rstrip=True), AddedToken("word", single_word=True, normalized=False),
        AddedToken("café", normalized=True), AddedToken("<n>", normalized=True, rstrip=True), AddedToken("aa", normalized=False), AddedToken("aaaa", normalized=False), AddedToken("\n\n", normalized=False)], False, None
    yield "clip", pre_tokenizers.ByteLevel(add_prefix_space=True, use_regex=True), None, [special("<|endoftext|>")], False, None

def texts():
    base = SENTENCES + ["", " ", "  ", "\n", "a", "'", "''", "'s", " 's", "x's", "X'S", "x'ſ", "'ſ", "I'LL'RE've'M", "don''t", "'l", "'r", "'re", "'v", "'\u0301s",
        "Hello, world!", "hello  world", "hello   world   ", "\t\tindent\n\t\tmore\n", "a\r\nb\r\n\r\nc", "line \n \n  next", "  \n  \n", "x\n\n\ny", "a \n", "end.\n\nNext", "!!!\n\n\n???", "//\n/foo\n//bar/",
        "http://example.com/a/b?c=d&e=%20f#g", "path/to\\file.txt", "CamelCaseWordsHTTPServer2XMLParser", "ABCdefGHI", "ÀÉÎõüß ǅungla ǈubav", "ʰʱmodifier ªº", "中A文b字C", "日本語ABCかなabc漢字123", "1 22 333 4444 55555 666666",
        "٣٤٥ ۱۲۳ ⅣⅤ ½¾ ①②③ १२३४", "e\u0301 o\u0308\u0323 \u1100\u1161\u11a8 \u212b \u2126 \ufb01 \u0340 \u0958", "\u0301start \u0301", "a\u0300\u0301\u0302\u0303b", "\u200d\u200c\u200b\ufeff\u00ad", "\x00\x01\x1b[31m\x7f\x85\x9f\xa0", "\x1c\x1d\x1e\x1f sep",
        "\u2028\u2029\u3000 wide\u3000space\u1680\u2003x", "tab\tsep\x0bvt\x0cff", "👨‍👩‍👧‍👦👍🏽🇩🇪❤️🏳️‍🌈", "𝕳𝖊𝖑𝖑𝖔 𐍈 𠜎𠜱", "\U000e0001\U0010ffff\ue000", "a" * 100, "ab" * 90, "= " * 60, "-" * 130, "0" * 77, " " * 100 + "x", "\n" * 50, "中" * 60, "ſt'ſ ß ẞ İı",
        "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n", "<|im_start|><|im_end|><|im_start", "<|endoftext|><|endoftext|>x", "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>", "<s>[INST] Hi [/INST]</s>",
        "<｜begin▁of▁sentence｜><｜User｜>问题<think>\n", "<think>\nfoo</think>", " <l> x <r>  y  <lr>  z", "a <l>\n<r> \n b", "word words sword word. (word) word", "café cafe\u0301 CAFÉ", "<n>  x<n>\n\n\n\ny", "aaa aaaa aaaaa aaaaaaa", "<tool_call>{\"name\": \"f\"}</tool_call>",
        "def f(x):\n    return x ** 2  # comment\n\n\nclass A:\n\tpass\n", "{\"key\": [1, 2.5e-3, null, true], \"名\": \"值\"}", "SELECT * FROM t WHERE a>=10 AND b<>'x''y';", "<div class=\"a\">&nbsp;</div>", "$100.00 €50 £3 ¥7 5% a+b=c x^2 ~y `z` @w #v"]
    rng = random.Random(20261121)
    alphabets = ["abcXYZ '\n", "  \t\r\nab.", "中文かなab1 。", "éñüß'sSt ", "0123456789.,x", "<|im_start|>en d", "👍🏽\u200d❤️ab", "\u0301\u0323aeo\u1100\u1161 ", "אבגمرح123 ()", "AaBbǅʰª中'lLrReE/\n"]
    for i in range(150):
        a = rng.choice(alphabets) + (rng.choice(alphabets) if rng.random() < .5 else "")
        base.append("".join(rng.choice(a) for _ in range(rng.randint(1, 60))))
    planes = [(0x20, 0x250), (0x250, 0x3000), (0x3000, 0xd7ff), (0xe000, 0xffff), (0x10000, 0x1ffff), (0x20000, 0x10ffff)]
    for i in range(60):
        base.append("".join(chr(rng.randint(*rng.choice(planes[:4] if rng.random() < .7 else planes))) if rng.random() < .7 else rng.choice(" \n'sA1") for _ in range(rng.randint(5, 50))))
    return base

def corpus():
    root = sysconfig.get_paths()["stdlib"]
    for name in ["argparse", "ast", "asyncio/tasks", "collections/__init__", "difflib", "email/message", "http/client", "json/decoder", "logging/__init__", "statistics", "textwrap", "typing", "unittest/case"]:
        with open(f"{root}/{name}.py", encoding="utf-8") as f: yield from f.read().split("\n\n")
    for _ in range(30): yield from SENTENCES

def main():
    lines = texts()
    os.makedirs(f"{here}/ids", exist_ok=True)
    with open(f"{here}/texts.json", "w", encoding="utf-8") as f: json.dump(lines, f, ensure_ascii=True, indent=0)
    for name, pre, norm, added, ignore, post in kinds():
        t = Tokenizer(models.BPE())
        t.pre_tokenizer = pre
        if norm is not None: t.normalizer = norm
        t.train_from_iterator(corpus(), trainers.BpeTrainer(vocab_size=2500, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
        o = json.loads(t.to_str())
        o["model"]["ignore_merges"] = ignore
        t = Tokenizer.from_str(json.dumps(o))
        for token in added: (t.add_special_tokens if token.special else t.add_tokens)([token])
        if post is not None: t.post_processor = post(t.token_to_id)
        t.decoder = decoders.ByteLevel()
        with open(f"{here}/{name}.json", "w", encoding="utf-8") as f: f.write(t.to_str())
        with open(f"{here}/ids/{name}.txt", "w") as f:
            for text in lines:
                plain, full = t.encode(text, add_special_tokens=False).ids, t.encode(text, add_special_tokens=True).ids
                f.write(" ".join(map(str, plain)) + ("|" + " ".join(map(str, full)) if full != plain else "") + "\n")
main()
