package io.pickwick.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.pickwick.schedule.Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileWatchTest {
  private static final String ONE = "endpoints: [{name: a, address: 10.0.0.1, port: 80}]";
  private static final String TWO =
      "endpoints: [{name: a, address: 10.0.0.1, port: 80}, {name: b, address: 10.0.0.2, port: 80}]";

  @TempDir Path directory;
  private final Pool pool = new Pool();

  @Test
  void aWrongFileLeavesThePoolAndIsToldUntilItIsMended() throws IOException {
    Path file = Files.writeString(directory.resolve("pool.yaml"), ONE);
    try (FileWatch watch = unstarted(file)) {
      watch.check();
      Endpoint a = pool.snapshot().endpoints().getFirst();
      Files.writeString(file, TWO.substring(0, TWO.length() - 20));
      watch.check();
      assertThat(watch.lastMistake().orElseThrow())
          .startsWith(file + ":1:")
          .contains("not valid YAML");
      assertThat(pool.snapshot().endpoints()).containsExactly(a);
      Files.writeString(file, "");
      watch.check();
      assertThat(watch.lastMistake()).hasValue(file + ": the document is empty");
      Files.delete(file);
      watch.check();
      assertThat(watch.lastMistake()).hasValue(file + ": the file is not there");
      assertThat(pool.snapshot().endpoints()).containsExactly(a);
      Files.writeString(file, TWO);
      watch.check();
      assertThat(watch.lastMistake()).isEmpty();
      assertThat(pool.snapshot().endpoints()).hasSize(2).first().isSameAs(a);
    }
  }

  @Test
  void theSameMistakeInAFileThatComesBackUnchangedIsForgotten() throws IOException {
    Path file = Files.writeString(directory.resolve("pool.yaml"), ONE);
    try (FileWatch watch = unstarted(file)) {
      watch.check();
      Path aside = Files.move(file, directory.resolve("aside"));
      watch.check();
      assertThat(watch.lastMistake()).isPresent();
      Files.move(aside, file);
      watch.check();
      assertThat(watch.lastMistake()).isEmpty();
    }
  }

  @Test
  void aFileThatIsMissingAtTheStartIsAwaited() throws Exception {
    Path file = directory.resolve("sub/pool.yaml");
    BlockingQueue<String> added = added();
    try (FileWatch watch = started(file, Duration.ofMillis(20))) {
      assertThat(watch.lastMistake()).isPresent();
      assertThat(pool.snapshot().synced()).isFalse();
      Files.createDirectory(file.getParent());
      Files.writeString(file, ONE);
      assertThat(added.poll(20, TimeUnit.SECONDS)).isEqualTo("a");
    }
  }

  @Test
  void anEventBringsTheNewFileLongBeforeThePoll() throws Exception {
    Path file = Files.writeString(directory.resolve("pool.yaml"), ONE);
    BlockingQueue<String> added = added();
    try (FileWatch watch = started(file, Duration.ofHours(1))) {
      assertThat(watch.lastMistake()).isEmpty();
      assertThat(added.poll(20, TimeUnit.SECONDS)).isEqualTo("a");
      Path fresh = Files.writeString(directory.resolve("fresh"), TWO);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      assertThat(added.poll(20, TimeUnit.SECONDS)).isEqualTo("b");
    }
  }

  @Test
  void theLinkSwapOfAMountedConfigMapIsSeen() throws Exception {
    Path first = Files.createDirectory(directory.resolve("..2026_1"));
    Path second = Files.createDirectory(directory.resolve("..2026_2"));
    Files.writeString(first.resolve("pool.yaml"), ONE);
    Files.writeString(second.resolve("pool.yaml"), TWO);
    Path data = Files.createSymbolicLink(directory.resolve("..data"), first.getFileName());
    Path file =
        Files.createSymbolicLink(directory.resolve("pool.yaml"), Path.of("..data/pool.yaml"));
    BlockingQueue<String> added = added();
    try (FileWatch watch = started(file, Duration.ofHours(1))) {
      assertThat(watch.lastMistake()).isEmpty();
      assertThat(added.poll(20, TimeUnit.SECONDS)).isEqualTo("a");
      Path swap = Files.createSymbolicLink(directory.resolve("..swap"), second.getFileName());
      Files.move(swap, data, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      assertThat(added.poll(20, TimeUnit.SECONDS)).isEqualTo("b");
    }
  }

  @Test
  void closingEndsTheThread() throws IOException {
    Path file = Files.writeString(directory.resolve("pool.yaml"), ONE);
    List<Thread> threads = new CopyOnWriteArrayList<>();
    FileWatch watch =
        new FileWatch(
            "endpoints file",
            file,
            EndpointsFile.into(pool),
            Duration.ofMillis(5),
            Duration.ofHours(1),
            task -> {
              Thread thread = Thread.ofVirtual().unstarted(task);
              threads.add(thread);
              return thread;
            });
    watch.start();
    watch.close();
    assertThat(threads).hasSize(1).noneMatch(Thread::isAlive);
  }

  private BlockingQueue<String> added() {
    BlockingQueue<String> names = new LinkedBlockingQueue<>();
    pool.listen(
        new PoolListener() {
          @Override
          public void added(Endpoint endpoint) {
            names.add(endpoint.name());
          }
        });
    return names;
  }

  private FileWatch unstarted(Path file) {
    return new FileWatch(
        "endpoints file",
        file,
        EndpointsFile.into(pool),
        Duration.ofMillis(5),
        Duration.ofHours(1),
        Thread.ofVirtual().factory());
  }

  private FileWatch started(Path file, Duration poll) {
    FileWatch watch =
        new FileWatch(
            "endpoints file",
            file,
            EndpointsFile.into(pool),
            Duration.ofMillis(5),
            poll,
            Thread.ofVirtual().factory());
    watch.start();
    return watch;
  }
}
