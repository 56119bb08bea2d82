package io.pickwick.bench.engine;

/**
 * One who is told what changes in an engine's cache, in the order in which vLLM would publish it.
 *
 * <p>Called while a step is scheduled, or when the cache is reset, on the engine's thread.
 */
public interface CacheObserver {
  /** One that does not look. */
  CacheObserver NONE =
      new CacheObserver() {
        @Override
        public void stored(EngineRequest request, int from, int to) {}

        @Override
        public void removed(long hash) {}

        @Override
        public void cleared() {}
      };

  /** The request's full blocks {@code from .. to - 1} got into the cache, a copy of each. */
  void stored(EngineRequest request, int from, int to);

  /** The request's blocks {@code 0 .. to - 1} were found, and the request wants that told. */
  default void found(EngineRequest request, int to) {}

  /** One block that held the hash was taken for other tokens. */
  void removed(long hash);

  /** The cache was reset. */
  void cleared();
}
