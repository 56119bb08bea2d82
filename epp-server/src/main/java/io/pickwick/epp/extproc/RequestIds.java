package io.pickwick.epp.extproc;

import java.util.HexFormat;
import java.util.random.RandomGenerator;

/** Makes up request ids in the form of random UUIDs; for one thread. */
final class RequestIds {
  private final RandomGenerator random;

  RequestIds(RandomGenerator random) {
    this.random = random;
  }

  String next() {
    long high = (random.nextLong() & ~0xf000L) | 0x4000L;
    long low = (random.nextLong() & 0x3fff_ffff_ffff_ffffL) | 0x8000_0000_0000_0000L;
    HexFormat hex = HexFormat.of();
    String a = hex.toHexDigits(high);
    String b = hex.toHexDigits(low);
    return a.substring(0, 8)
        + '-'
        + a.substring(8, 12)
        + '-'
        + a.substring(12)
        + '-'
        + b.substring(0, 4)
        + '-'
        + b.substring(4);
  }
}
