package io.pickwick.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.pickwick.bench.report.Palette.Look;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PaletteTest {
  private static Palette of(String... names) {
    List<Table.Row> rows = Stream.of(names).map(name -> new Table.Row(name, List.of())).toList();
    Table table = new Table("", "policy", List.of(), rows, List.of());
    return Palette.of(
        new Report(
            "",
            "",
            List.of(),
            List.of(new Section("", List.of(), List.of(), List.of(table), List.of()))));
  }

  @Test
  void oursHasTheFirstHueWhereverItComesAndForItself() {
    String[] names =
        Stream.concat(
                IntStream.range(0, 20).mapToObj(i -> "rival-" + i), Stream.of("ours/lambda=2"))
            .toArray(String[]::new);
    Palette palette = of(names);
    Look ours = palette.of("ours/lambda=2");
    assertThat(ours.index()).isZero();
    assertThat(palette.looks().values().stream().filter(look -> look.light().equals(ours.light())))
        .containsExactly(ours);
  }

  @Test
  void boundsAreGrey() {
    Palette palette = of("random", "pooled", "clairvoyant", "randomised");
    assertThat(palette.of("random").bound()).isTrue();
    assertThat(palette.of("pooled").light()).isEqualTo(palette.of("clairvoyant").light());
    assertThat(palette.of("pooled").dash()).isNotEqualTo(palette.of("clairvoyant").dash());
    assertThat(palette.of("randomised").bound()).isFalse();
  }

  @Test
  void twentyNamesLookDifferent() {
    Palette palette = of(IntStream.range(0, 20).mapToObj(i -> "p" + i).toArray(String[]::new));
    assertThat(palette.looks().values().stream().map(look -> look.light() + look.dash()))
        .doesNotHaveDuplicates();
  }

  @Test
  void moreNamesThanLooksAreDrawnToo() {
    assertThat(of(IntStream.range(0, 500).mapToObj(i -> "p" + i).toArray(String[]::new)).looks())
        .hasSize(500);
  }

  @Test
  void strangersHaveNoLook() {
    assertThatIllegalArgumentException().isThrownBy(() -> of("a").of("b"));
  }

  /**
   * The hues stay apart for people without red, green or blue cones, by the matrices of Machado,
   * Oliveira and Fernandes (2009) for full severity, and can be read on their ground (WCAG 2 asks
   * for 3 to 1 in drawings).
   */
  @Test
  void huesStayApartForEveryEyeAndStandOutFromTheGround() {
    Palette palette = of("ours", "a", "b", "c", "d", "e", "random");
    for (boolean dark : new boolean[] {false, true}) {
      List<String> hues =
          palette.looks().values().stream().map(look -> dark ? look.dark() : look.light()).toList();
      for (String hue : hues) {
        assertThat(contrast(hue, dark ? "#14171c" : "#ffffff")).as(hue).isGreaterThan(3.8);
      }
      for (double[] eye : EYES) {
        List<double[]> seen = new ArrayList<>();
        hues.forEach(hue -> seen.add(lab(seen(eye, rgb(hue)))));
        for (int i = 0; i < seen.size(); i++) {
          for (int j = 0; j < i; j++) {
            assertThat(distance(seen.get(i), seen.get(j)))
                .as("%s and %s, %s", hues.get(i), hues.get(j), List.of(eye[0]))
                .isGreaterThan(18);
          }
        }
      }
    }
  }

  private static final List<double[]> EYES =
      List.of(
          new double[] {1, 0, 0, 0, 1, 0, 0, 0, 1},
          new double[] {
            0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116,
            1.051998
          },
          new double[] {
            0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940,
            0.968881
          },
          new double[] {
            1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367,
            0.303900
          });

  private static double[] rgb(String hex) {
    double[] linear = new double[3];
    for (int i = 0; i < 3; i++) {
      double value = Integer.parseInt(hex.substring(1 + 2 * i, 3 + 2 * i), 16) / 255.0;
      linear[i] = value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
    }
    return linear;
  }

  private static double[] seen(double[] eye, double[] rgb) {
    double[] seen = new double[3];
    for (int i = 0; i < 3; i++) {
      seen[i] =
          Math.clamp(eye[3 * i] * rgb[0] + eye[3 * i + 1] * rgb[1] + eye[3 * i + 2] * rgb[2], 0, 1);
    }
    return seen;
  }

  private static double luminance(double[] rgb) {
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2];
  }

  private static double contrast(String one, String other) {
    double a = luminance(rgb(one)) + 0.05;
    double b = luminance(rgb(other)) + 0.05;
    return Math.max(a, b) / Math.min(a, b);
  }

  private static double[] lab(double[] rgb) {
    double x = f((0.4124 * rgb[0] + 0.3576 * rgb[1] + 0.1805 * rgb[2]) / 0.9505);
    double y = f(luminance(rgb));
    double z = f((0.0193 * rgb[0] + 0.1192 * rgb[1] + 0.9505 * rgb[2]) / 1.089);
    return new double[] {116 * y - 16, 500 * (x - y), 200 * (y - z)};
  }

  private static double f(double t) {
    return t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16.0 / 116;
  }

  private static double distance(double[] one, double[] other) {
    return Math.sqrt(
        Math.pow(one[0] - other[0], 2)
            + Math.pow(one[1] - other[1], 2)
            + Math.pow(one[2] - other[2], 2));
  }
}
