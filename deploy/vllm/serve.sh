#!/bin/sh
# Serves the tiny model with a stock vLLM on CPU: the default hash algorithm, no hash seed, a cache of few blocks, and
# KV events to one who listens for them.
# usage: serve.sh VENV MODELS ADDRESS PORT EVENTS_PORT REPLAY_PORT [more vllm flags]
#   ADDRESS      the loopback address that this engine serves at and publishes from
#   EVENTS_PORT  the port of 127.0.0.1 where the endpoint picker listens
#   REPLAY_PORT  the port of ADDRESS where this engine replays
set -e
VENV=$1; MODELS=$2; ADDRESS=$3; PORT=$4; EVENTS=$5; REPLAY=$6
shift 6
unset PYTHONHASHSEED PYTHONDONTWRITEBYTECODE
export HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 VLLM_NO_USAGE_STATS=1 DO_NOT_TRACK=1
export VLLM_CPU_KVCACHE_SPACE=1 VLLM_CPU_OMP_THREADS_BIND=nobind OMP_NUM_THREADS=1
export PATH="$VENV/bin:$PATH"
# With a source address before the semicolon ZeroMQ connects from there, so that two engines on one machine differ.
exec "$VENV/bin/vllm" serve "$MODELS/tiny" --served-model-name tiny --host "$ADDRESS" --port "$PORT" \
  --load-format dummy --enforce-eager --dtype float32 --max-model-len 512 --max-num-seqs 4 --max-num-batched-tokens 256 \
  --enable-prefix-caching --block-size 32 --num-gpu-blocks-override 32 --enable-prompt-tokens-details \
  --enable-lora --max-lora-rank 8 --max-loras 1 --lora-modules "sql-lora=$MODELS/lora-sql" \
  --kv-events-config "{\"enable_kv_cache_events\":true,\"publisher\":\"zmq\",\"endpoint\":\"tcp://$ADDRESS:0;127.0.0.1:$EVENTS\",\"replay_endpoint\":\"tcp://$ADDRESS:$REPLAY\",\"topic\":\"kv@$ADDRESS:$PORT@tiny\"}" \
  "$@"
