package io.pickwick.epp.extproc.wire;

/** The two halves of an HTTP exchange, with the tags of their answers. */
public enum Direction {
  /** From the client to the model server. */
  REQUEST(1, 3, 5),
  /** From the model server to the client. */
  RESPONSE(2, 4, 6);

  final int headersTag;
  final int bodyTag;
  final int trailersTag;

  Direction(int headers, int body, int trailers) {
    headersTag = headers << 3 | 2;
    bodyTag = body << 3 | 2;
    trailersTag = trailers << 3 | 2;
  }
}
