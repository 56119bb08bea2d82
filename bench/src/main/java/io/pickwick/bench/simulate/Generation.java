package io.pickwick.bench.simulate;

import io.pickwick.bench.engine.EngineRequest;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;

/** The choices that one HTTP request asked for, and the tokens that come for them. */
final class Generation {
  /**
   * A token, or the word that no more come.
   *
   * @param choice the choice's index; negative when the client has gone
   * @param token the token
   * @param cachedTokens how many tokens of the prompt were cached
   * @param state where the request stands after it
   */
  record Piece(int choice, int token, int cachedTokens, EngineRequest.State state) {}

  private static final Piece GONE = new Piece(-1, 0, 0, EngineRequest.State.ABORTED);

  private final List<EngineRequest> choices;
  private final LinkedBlockingQueue<Piece> pieces = new LinkedBlockingQueue<>();

  Generation(List<EngineRequest> choices) {
    this.choices = List.copyOf(choices);
  }

  List<EngineRequest> choices() {
    return choices;
  }

  /** Waits for the next piece. */
  Piece next() throws InterruptedException {
    return pieces.take();
  }

  /** The client has gone: whoever waits is woken. */
  void gone() {
    pieces.add(GONE);
  }

  /** Called by the engine's loop for each token of the choice. */
  void token(int choice, EngineRequest request) {
    pieces.add(
        new Piece(
            choice,
            request.outputToken(request.outputTokens() - 1),
            request.cachedTokens(),
            request.state()));
  }
}
