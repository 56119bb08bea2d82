package io.pickwick.bench.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WholeFileTest {
  @TempDir private Path folder;

  private List<Path> all() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.sorted().toList();
    }
  }

  @Test
  void untilTheEndThereIsWhatWasThere() throws IOException {
    Path place = Files.writeString(folder.resolve("runs"), "before");
    try (WholeFile file = WholeFile.at(place)) {
      assertThat(file.left()).isEmpty();
      file.append("a\n");
      file.append("b\n");
      assertThat(place).hasContent("before");
      assertThat(file.left().orElseThrow()).hasContent("a\nb\n").hasParent(folder);
      file.finish();
      assertThat(file.left()).isEmpty();
    }
    assertThat(place).hasContent("a\nb\n");
    assertThat(all()).containsExactly(place);
  }

  @Test
  void whatIsNotFinishedStaysBeside() throws IOException {
    Path place = folder.resolve("runs");
    Path left;
    try (WholeFile file = WholeFile.at(place)) {
      file.append("a\n");
      left = file.left().orElseThrow();
    }
    assertThat(place).doesNotExist();
    assertThat(left).hasContent("a\n");
    assertThat(left.getFileName().toString()).startsWith("runs.").endsWith(".part");
  }

  @Test
  void nothingWrittenLeavesNothing() throws IOException {
    WholeFile.at(folder.resolve("runs")).close();
    WholeFile.check(folder.resolve("others"));
    assertThat(all()).isEmpty();
  }

  @Test
  void ofTwoTheLaterStaysAndBothAreWhole() throws IOException {
    Path place = folder.resolve("runs");
    try (WholeFile one = WholeFile.at(place);
        WholeFile other = WholeFile.at(place)) {
      one.append("1");
      other.append("2");
      one.append("1");
      other.append("2");
      other.finish();
      assertThat(place).hasContent("22");
      one.finish();
    }
    assertThat(place).hasContent("11");
    assertThat(all()).containsExactly(place);
  }

  @Test
  void aLinkStaysOne() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "before");
    Path link = Files.createSymbolicLink(folder.resolve("link"), file);
    WholeFile.write(link, "after");
    assertThat(link).isSymbolicLink().hasContent("after");
    assertThat(file).isRegularFile().hasContent("after");
  }

  @Test
  void whatIsNoFileIsWrittenToAndNotReplaced() throws IOException {
    Path device = Path.of("/dev/null");
    WholeFile.write(device, "x");
    WholeFile.check(device);
    assertThat(Files.isRegularFile(device)).isFalse();
    assertThat(device).exists();
  }

  @Test
  void whereNothingCanBeWrittenIsSaidAtTheBegin() throws IOException {
    assertThatIOException()
        .isThrownBy(() -> WholeFile.at(folder))
        .withMessage(folder + " is a folder; name a file.");
    Path nowhere = folder.resolve("no").resolve("runs");
    assertThatIOException()
        .isThrownBy(() -> WholeFile.check(nowhere))
        .withMessage("There is no folder %s for runs; make it.".formatted(nowhere.getParent()));
    Path file = Files.writeString(folder.resolve("file"), "");
    assertThatIOException()
        .isThrownBy(() -> WholeFile.at(file.resolve("runs")))
        .withMessageContaining("There is no folder " + file);
  }

  @Test
  void aNameTooLongIsSaidWithoutANameOfJava() {
    assertThatIOException()
        .isThrownBy(() -> WholeFile.at(folder.resolve("x".repeat(250))))
        .withMessageContaining("can't be written")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("Exception"));
  }
}
