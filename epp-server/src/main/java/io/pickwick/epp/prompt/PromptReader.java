package io.pickwick.epp.prompt;

import io.pickwick.epp.request.PromptSink;
import io.pickwick.kv.hash.PromptKeys;

/** Turns a prompt into its block keys while the scanner sends it; one per request. */
public interface PromptReader extends PromptSink {
  /** The keys of all that was sent; called once, after the last piece. */
  PromptKeys keys();

  /** A reader that finds no keys. */
  static PromptReader none() {
    return new PromptReader() {
      @Override
      public void content(byte[] bytes, int offset, int length) {}

      @Override
      public void context(byte[] bytes, int offset, int length) {}

      @Override
      public PromptKeys keys() {
        return PromptKeys.NONE;
      }
    };
  }
}
