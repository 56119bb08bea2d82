package io.pickwick.epp.request;

import java.io.ByteArrayOutputStream;

/** A sink that keeps what it gets. */
final class Recorded implements PromptSink {
  final ByteArrayOutputStream content = new ByteArrayOutputStream();
  final ByteArrayOutputStream context = new ByteArrayOutputStream();

  @Override
  public void content(byte[] bytes, int offset, int length) {
    content.write(bytes, offset, length);
  }

  @Override
  public void context(byte[] bytes, int offset, int length) {
    context.write(bytes, offset, length);
  }

  @Override
  public void restart() {
    content.reset();
  }
}
