package io.pickwick.bench.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
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
  void aLinkToNothingIsRefusedAndStays() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("none"));
    assertThatIOException()
        .isThrownBy(() -> WholeFile.check(link))
        .withMessage(link + " is a link to nothing; name a file.");
    assertThat(all()).containsExactly(link);
  }

  @Test
  void beforeTheFirstWordsThereIsNothingThatASignalCouldLeave() throws IOException {
    Path place = folder.resolve("runs");
    try (WholeFile file = WholeFile.at(place)) {
      assertThat(all()).isEmpty();
      file.finish();
    }
    assertThat(all()).containsExactly(place);
    assertThat(place).isEmptyFile();
  }

  @Test
  void anOpenFileIsAddedToThroughItsDescriptor() throws IOException {
    Path descriptors = Path.of("/proc/self/fd");
    assumeTrue(Files.isDirectory(descriptors), "no /proc/self/fd");
    Path file = Files.writeString(folder.resolve("file"), "before");
    Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
    try (OutputStream _ = Files.newOutputStream(file, StandardOpenOption.APPEND);
        Stream<Path> all = Files.list(descriptors)) {
      Path open = all.filter(one -> leadsTo(one, file)).findFirst().orElseThrow();
      WholeFile.check(open);
      WholeFile.write(open, " and after");
    }
    assertThat(file).hasContent("before and after");
    assertThat(Files.readAttributes(file, BasicFileAttributes.class).fileKey()).isEqualTo(key);
    assertThat(all()).containsExactly(file);
  }

  private static boolean leadsTo(Path link, Path file) {
    try {
      return Files.readSymbolicLink(link).equals(file.toRealPath());
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void whatCantBeWrittenIsToldAndLeavesNothing() {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "no /dev/full");
    assertThatIOException()
        .isThrownBy(() -> WholeFile.write(full, "x"))
        .withMessage("/dev/full can't be written: No space left on device.");
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
