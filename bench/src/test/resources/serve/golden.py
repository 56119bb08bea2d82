# Runs vLLM's own benchmark() on answers that are made up, and keeps what it prints and returns.
import asyncio, contextlib, io, json, random, sys, time
import numpy as np
import vllm.benchmarks.serve as s
from vllm.benchmarks.lib.endpoint_request_func import RequestFuncOutput
from vllm.benchmarks.datasets import SampleRequest

OUT = sys.argv[1]
rng = random.Random(20261121)
made = []
for i in range(60):
    due = int(i * 137_000_000 + rng.randrange(90_000_000))
    queue = rng.randrange(40_000_000)
    n = rng.choice([1, 2, 5, 30, 31])
    first = due + rng.randrange(8_000_000, 900_000_000)
    gaps = [rng.randrange(100_000, 60_000_000) for _ in range(n - 1)]
    made.append(dict(due=due, wanted=due - queue, first=first, gaps=gaps,
                     prompt=rng.randrange(10, 5000), output=n,
                     failed=rng.random() < 0.1))
made[7]["output"] = 12  # more tokens than chunks
DUR = 9.876543210

def out(m, base):
    o = RequestFuncOutput()
    o.start_time = base + m["due"] / 1e9
    o.prompt_len = m["prompt"]
    if m["failed"]:
        o.success = False
        o.error = "made to fail"
        return o
    o.success = True
    o.ttft = (m["first"] - m["due"]) / 1e9
    o.itl = [g / 1e9 for g in m["gaps"]]
    o.latency = (m["first"] + sum(m["gaps"]) - m["due"]) / 1e9
    o.output_tokens = m["output"]
    return o

class FakeTime:
    """perf_counter gives the start, then what a case wants."""
    def __init__(self, real): self.real = real; self.values = []
    def __getattr__(self, name): return getattr(self.real, name)
    def perf_counter(self):
        return self.values.pop(0) if self.values else DUR

def case(name, which, **kw):
    it = iter(which)
    async def fake(request_func_input, session, pbar=None):
        return out(next(it), 0.0)
    s.ASYNC_REQUEST_FUNCS["fake"] = fake
    ft = FakeTime(time)
    # The start, and then when each request arrives: its time without waiting.
    ft.values = [0.0] + [m["wanted"] / 1e9 for m in which]
    s.time = ft
    s.TERM_PLOTLIB_AVAILABLE = False
    reqs = [SampleRequest(prompt="p", prompt_len=m["prompt"], expected_output_len=m["output"]) for m in which]
    args = dict(task_type=s.TaskType.GENERATION, endpoint_type="fake", api_url="http://x/v1/completions",
      base_url="http://127.0.0.1:1", model_id="m", model_name="m", tokenizer=object(), input_requests=reqs,
      logprobs=None, request_rate=float("inf"), burstiness=1.0, disable_tqdm=True, num_warmups=0, profile=False,
      selected_percentile_metrics=["ttft","tpot","itl"], selected_percentiles=[99.0], ignore_eos=True,
      goodput_config_dict={}, max_concurrency=None, lora_modules=None, extra_headers=None, extra_body=None,
      ready_check_timeout_sec=0)
    args.update(kw)
    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        res = asyncio.run(s.benchmark(**args))
    block = text.getvalue()
    block = block[block.index("============ Serving"):]
    for k in ("input_lens","output_lens","ttfts","itls","start_times","generated_texts","errors","latencies","queue_times"):
        if not kw.get("_keep"): res.pop(k, None)
    open(f"{OUT}/{name}.txt", "w").write(block)
    json.dump({k: (float(v) if isinstance(v, np.floating) else v) for k, v in res.items()}, open(f"{OUT}/{name}.json", "w"), indent=1)
    print(block)

class Instant:
    pass
# Requests at a finite rate are not to wait in real time.
async def at_once(input_requests, *a, **k):
    for r in input_requests: yield r, 0.0
s.get_request = at_once

json.dump(dict(durationSeconds=DUR, outcomes=made), open(f"{OUT}/outcomes.json", "w"))
case("plain", made)
case("goodput", made, goodput_config_dict={"ttft": 500.0, "tpot": 25.0, "e2el": 1000.0})
case("limited", made, max_concurrency=30, request_rate=12.5,
     selected_percentile_metrics=["ttft","tpot","itl","e2el","client_queue_time","e2el_including_client_queue"],
     selected_percentiles=[50.0, 90.0, 99.0, 99.9])
case("failed", [m for m in made if m["failed"]])
json.dump({"cases": [dict(values=v, percentiles={str(p): float(np.percentile(v, p)) for p in (0, 1, 25, 50, 75, 90, 95, 99, 99.9, 100)},
   mean=float(np.mean(v)), median=float(np.median(v)), std=float(np.std(v))) for v in
   [[3.5], [2.0, 1.0], [0.1, 0.2, 0.3], [rng.expovariate(3) for _ in range(100)], [rng.gauss(5, 2) for _ in range(257)], [1.0]*9, [1e-9, 1e9, 5.0, 7.0]]]},
   open(f"{OUT}/numpy.json", "w"))
