package io.pickwick.bench.serve;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.junit.jupiter.api.Test;

class ReasonTest {
  @Test
  void noNameOfCodeIsToldButWhatHappened() {
    assertThat(Reason.of(new NoSuchFileException("x"))).isEqualTo("there is no such place");
    assertThat(Reason.of(new AccessDeniedException("x"))).isEqualTo("that is not permitted");
    assertThat(Reason.of(new NotDirectoryException("x")))
        .isEqualTo("a part of its path is no directory");
    assertThat(Reason.of(new FileSystemException("x", null, "No space left on device")))
        .isEqualTo("No space left on device");
    assertThat(Reason.of(new IOException("Connection refused"))).isEqualTo("Connection refused");
    assertThat(Reason.of(new IOException("java.net.SocketException: Broken pipe")))
        .isEqualTo("Broken pipe");
    assertThat(
            Reason.of(
                new IOException(
                    "PKIX failed: sun.security.provider.certpath.SunCertPathBuilderException: no"
                        + " path")))
        .isEqualTo("PKIX failed: no path");
    assertThat(Reason.of(new EOFException())).isEqualTo("for no reason that is known");
    assertThat(Reason.of(new IOException(new IllegalStateException())))
        .isEqualTo("for no reason that is known");
  }

  @Test
  void ownErrorsSayWhereAndAHeapThatIsTooSmallWhatMendsIt() {
    assertThat(Reason.ofOwn(new OutOfMemoryError("Java heap space")))
        .matches("the heap of \\d+ MiB does not suffice; give more with java -Xmx, or .*");
    assertThat(Reason.ofOwn(new IllegalStateException("oh")))
        .matches("an error in this program \\(ReasonTest\\.java:\\d+\\): oh");
  }
}
