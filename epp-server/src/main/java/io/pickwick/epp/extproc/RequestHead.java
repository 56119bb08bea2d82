package io.pickwick.epp.extproc;

import io.pickwick.epp.decide.Inquiry;
import io.pickwick.epp.extproc.wire.Headers;
import io.pickwick.epp.extproc.wire.Protocol;
import io.pickwick.epp.request.Api;

/**
 * What a request's headers said.
 *
 * @param requestId the client's {@code x-request-id}, or one made up
 * @param madeUp whether it was made up, so that it must be set on the request
 * @param contentLength -1 when not said
 */
record RequestHead(
    Api api, String path, String requestId, boolean madeUp, long contentLength, Headers headers)
    implements Inquiry.Headers {
  static RequestHead of(Headers headers, RequestIds ids) {
    String path = headers.get(":path");
    String id = headers.get("x-request-id");
    boolean madeUp = id.isEmpty();
    return new RequestHead(
        Api.of(headers.get(":method"), path),
        path,
        madeUp ? ids.next() : id,
        madeUp,
        contentLength(headers.get("content-length")),
        headers);
  }

  /** A content-length that is no number is not ours to judge: it counts as not said. */
  private static long contentLength(String value) {
    if (value.isEmpty() || value.length() > 18) {
      return -1;
    }
    long length = 0;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < '0' || c > '9') {
        return -1;
      }
      length = 10 * length + (c - '0');
    }
    return length;
  }

  /** The {@code x-request-id} to set on the request; empty when it has one. */
  String idToSet() {
    return madeUp ? requestId : "";
  }

  /** A client has no say in where its request goes: those headers read as not there. */
  @Override
  public String get(String name) {
    return name.startsWith(Protocol.DESTINATION) ? "" : headers.get(name);
  }
}
