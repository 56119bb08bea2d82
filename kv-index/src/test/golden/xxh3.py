"""Makes xxh3-128.csv: the 128-bit XXH3 of the first n of the bytes 31 i + 7, by the reference implementation.

    python xxh3.py > ../resources/io/pickwick/kv/hash/xxh3-128.csv      (needs the package `xxhash`)
"""

import xxhash

LENGTHS = [*range(300), 511, 512, 513, 1023, 1024, 1025, 1087, 1088, 1089, 2047, 2048, 2049, 3000, 5120, 5121, 10007, 65536]
for n in LENGTHS:
    print(f"{n},{xxhash.xxh3_128_hexdigest(bytes((31 * i + 7) % 256 for i in range(n)))}")
