package io.pickwick.bench.workload;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A digest of all that a workload asks, to the token and the nanosecond. */
final class Fingerprint {
  private Fingerprint() {}

  static String of(Workload workload) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    for (WorkloadRequest request : workload.requests()) {
      int[] tokens = request.prompt().tokens();
      ByteBuffer bytes = ByteBuffer.allocate(4 * tokens.length + 32);
      bytes.putInt(request.id()).putLong(request.atNanos()).putInt(request.after());
      bytes.putLong(request.thinkNanos()).putInt(request.outputTokens()).putInt(tokens.length);
      bytes.asIntBuffer().put(tokens);
      digest.update(bytes.array());
      for (String text : new String[] {request.session(), request.lora(), request.salt()}) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
      }
    }
    return HexFormat.of().formatHex(digest.digest(), 0, 8);
  }
}
