package io.pickwick.epp.extproc;

import io.pickwick.epp.extproc.wire.ProcessingRequest;
import io.pickwick.epp.prompt.PromptReader;
import io.pickwick.epp.request.Api;
import io.pickwick.epp.request.RequestScanner;
import io.pickwick.epp.request.ScanOutcome;
import io.pickwick.kv.hash.PromptKeys;

/** Reads one body for its facts and for its prompt's keys at the same time. */
final class BodyScan {
  private final RequestScanner scanner = new RequestScanner();
  private final PromptReader prompt;

  /**
   * A scan of one body.
   *
   * @param most the longest body; the caller refuses a longer one in its own words
   */
  BodyScan(Api api, long most, PromptReader prompt) {
    this.prompt = prompt;
    RequestScanner.Limits limits = RequestScanner.Limits.DEFAULT;
    scanner.reset(
        api, new RequestScanner.Limits(limits.depth(), most, limits.valueBytes()), prompt);
  }

  void feed(ProcessingRequest message) {
    scanner.feed(message.bytes(), message.bodyOffset(), message.bodyLength());
  }

  boolean malformed() {
    return scanner.mistake().isPresent();
  }

  ScanOutcome finish() {
    return scanner.finish();
  }

  /** The keys of the prompt as far as it was read. */
  PromptKeys keys() {
    return prompt.keys();
  }
}
