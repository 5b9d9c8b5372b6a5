#include <optional>

#include "graph/ops/common.hpp"
#include "graph/product.hpp"

namespace tacet::ops {
namespace {

/// One of the two axes along which the filter moves.
struct Axis {
  std::int64_t in, kernel, out, stride, dilation, before;
  /// Where tap `tap` of the filter at `out_at` reads, or nothing if that is padding.
  std::int64_t at(std::int64_t out_at, std::int64_t tap) const {
    return out_at * stride - before + tap * dilation;
  }
  bool inside(std::int64_t in_at) const { return in_at >= 0 && in_at < in; }
};

struct Geometry {
  std::int64_t batch, channels, out_channels, groups;
  std::int64_t group_in, group_out;  // channels of one group
  Axis y, x;
  std::int64_t taps() const { return y.kernel * x.kernel; }
  std::int64_t pixels() const { return batch * y.out * x.out; }
};

Axis axis_of(const char* name, std::int64_t in, std::int64_t kernel, std::int64_t stride,
             std::int64_t dilation, std::int64_t before, std::int64_t after) {
  constexpr std::int64_t kMost = (std::int64_t{1} << 31) - 1;
  const auto check = [&](const char* what, std::int64_t value, std::int64_t least) {
    if (value < least || value > kMost)
      throw Error(Errc::bad_argument, what + std::string(" of ") + std::to_string(value) + " along the " +
                                          name + "; expected " + std::to_string(least) + " .. 2^31 - 1");
  };
  check("a stride", stride, 1), check("a dilation", dilation, 1);
  check("a padding", before, 0), check("a padding", after, 0);
  const std::int64_t padded = in + before + after;
  const auto reach = static_cast<__int128>(dilation) * (kernel - 1) + 1;
  if (kernel < 1 || reach > padded)
    throw Error(Errc::shape_mismatch, std::string("a filter of ") + name + " " + std::to_string(kernel) +
                                          " with dilation " + std::to_string(dilation) + " on an input of " +
                                          name + " " + std::to_string(in) + " and padding " +
                                          std::to_string(before) + " + " + std::to_string(after) +
                                          "; expected one that fits inside");
  const std::int64_t out = (padded - static_cast<std::int64_t>(reach)) / stride + 1;
  return {in, kernel, out, stride, dilation, before};
}

/// Attributes: strides, dilations (height, width); padding (top, bottom, left, right); groups.
Geometry geometry_of(const Shape& input, const Shape& filter, std::span<const std::int64_t> a) {
  if (a.size() != 9)
    throw Error(Errc::bad_argument, std::to_string(a.size()) +
                                        " attributes; expected 2 strides, 2 dilations, 4 paddings, groups");
  if (input.rank() != 4)
    throw Error(Errc::shape_mismatch,
                "the input has shape " + input.to_string() + "; expected [batch, height, width, channels]");
  if (filter.rank() != 4)
    throw Error(Errc::shape_mismatch, "the filter has shape " + filter.to_string() +
                                          "; expected [out channels, height, width, in channels / groups]");
  Geometry g;
  g.batch = input[0], g.channels = input[3], g.out_channels = filter[0], g.groups = a[8];
  if (g.groups < 1 || g.channels % g.groups != 0 || g.out_channels % g.groups != 0)
    throw Error(Errc::bad_argument, std::to_string(g.groups) + " groups of " + std::to_string(g.channels) +
                                        " channels and " + std::to_string(g.out_channels) +
                                        " filters; expected a number that divides both");
  g.group_in = g.channels / g.groups, g.group_out = g.out_channels / g.groups;
  if (filter[3] != g.group_in)
    throw Error(Errc::shape_mismatch, "the filter of shape " + filter.to_string() + " has " +
                                          std::to_string(filter[3]) + " input channels; expected " +
                                          std::to_string(g.channels) + " of the input / " +
                                          std::to_string(g.groups) + " groups");
  g.y = axis_of("height", input[1], filter[1], a[0], a[2], a[4], a[5]);
  g.x = axis_of("width", input[2], filter[2], a[1], a[3], a[6], a[7]);
  return g;
}

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t> attributes) {
  const ElementType element = product_element(*in[0], *in[1]);
  const Geometry g = geometry_of(in[0]->shape, in[1]->shape, attributes);
  return {joined(*in[0], *in[1]), element, Shape{g.batch, g.y.out, g.x.out, g.out_channels}};
}

/// Where a pixel of the result is.
struct Pixel {
  std::int64_t image, y, x;
};
Pixel pixel_of(const Geometry& g, std::int64_t number) {
  return {number / (g.y.out * g.x.out), number / g.x.out % g.y.out, number % g.x.out};
}

template <class Word>
const Word* words(const View& v) {
  return reinterpret_cast<const Word*>(v.data);
}

/// What the filter meets at pixels of the result, as rows of a matrix: taps in order, channels of a group in
/// each. Put together only when the product asks.
template <class Word>
struct Patches {
  const Geometry& g;
  const Word* input;
  std::int64_t first_pixel, first_channel;

  static const std::byte* row(const void* context, std::int64_t row, std::int64_t first, std::int64_t count,
                              std::byte* room) {
    const auto& p = *static_cast<const Patches*>(context);
    return reinterpret_cast<const std::byte*>(
        p.fill(pixel_of(p.g, p.first_pixel + row), first, count, reinterpret_cast<Word*>(room)));
  }

  const Word* fill(const Pixel& at, std::int64_t first, std::int64_t count, Word* room) const {
    const bool dense = g.group_in == g.channels && g.x.dilation == 1;  // neighbouring taps are neighbours
    std::int64_t tap = first / g.group_in, channel = first % g.group_in;
    for (std::int64_t done = 0; done < count;) {
      const std::int64_t tap_y = tap / g.x.kernel, tap_x = tap % g.x.kernel;
      const std::int64_t y = g.y.at(at.y, tap_y), x = g.x.at(at.x, tap_x);
      const bool inside = g.y.inside(y) && g.x.inside(x);
      const std::int64_t taps = inside && dense ? std::min(g.x.kernel - tap_x, g.x.in - x) : 1;
      const std::int64_t run = std::min(taps * g.group_in - channel, count - done);
      if (inside) {
        const Word* from =
            input + ((at.image * g.y.in + y) * g.x.in + x) * g.channels + first_channel + channel;
        if (run == count) return from;
        std::copy(from, from + run, room + done);
      } else {
        std::fill(room + done, room + done + run, Word{0});
      }
      done += run, channel += run;
      tap += channel / g.group_in, channel %= g.group_in;
    }
    return room;
  }
};

/// Pixels of the result, or some channels of one.
struct Piece {
  std::int64_t pixel, pixels, channel, channels;
};

/// A product of patches and filters for each group.
template <class Word>
void convolve(const Geometry& g, std::span<const View> in, const MutableView& out, const Piece& piece) {
  const std::int64_t terms = g.taps() * g.group_in, end = piece.channel + piece.channels;
  if (terms == 0) return;
  for (std::int64_t group = piece.channel / g.group_out; group * g.group_out < end; ++group) {
    const std::int64_t from = std::max(piece.channel, group * g.group_out);
    const std::int64_t to = std::min(end, (group + 1) * g.group_out);
    const Patches<Word> patches{g, words<Word>(in[0]), piece.pixel, group * g.group_in};
    Word* z = reinterpret_cast<Word*>(out.data) + piece.pixel * g.out_channels + from;
    multiply_add(out.element.width,
                 {.a = {&patches, Patches<Word>::row},
                  .b = {reinterpret_cast<const std::byte*>(words<Word>(in[1]) + from * terms), terms},
                  .b_transposed = true,
                  .c = reinterpret_cast<std::byte*>(z),
                  .c_stride = g.out_channels,
                  .m = piece.pixels,
                  .k = terms,
                  .n = to - from});
  }
}

/// One channel to a group: products of channels side by side, with the filters laid out as they are needed:
/// of each of the group's results in turn, a line of channels for each tap.
template <class Word>
class Depthwise {
 public:
  Depthwise(const Geometry& g, std::span<const View> in)
      : g_(g),
        input_(words<Word>(in[0])),
        filters_(static_cast<std::size_t>(g.out_channels * g.taps())),
        sums_(static_cast<std::size_t>(g.channels)) {
    const Word* from = words<Word>(in[1]);
    for (std::int64_t channel = 0; channel < g.channels; ++channel)
      for (std::int64_t m = 0; m < g.group_out; ++m)
        for (std::int64_t tap = 0; tap < g.taps(); ++tap)
          filters_[static_cast<std::size_t>((m * g.taps() + tap) * g.channels + channel)] = *from++;
  }

  void run(unsigned width, const MutableView& out, const Piece& piece) {
    Word* z = reinterpret_cast<Word*>(out.data) + piece.pixel * g_.out_channels;
    const std::int64_t end = piece.channel + piece.channels;
    for (std::int64_t i = 0; i < piece.pixels; ++i, z += g_.out_channels)
      for (std::int64_t m = 0; m < g_.group_out; ++m) {
        std::fill(sums_.begin(), sums_.end(), Word{0});
        find_lines(pixel_of(g_, piece.pixel + i), m);
        multiply_add(width, lines_, reinterpret_cast<std::byte*>(sums_.data()), sums_.size());
        for (std::int64_t c = 0, at = m; c < g_.channels; ++c, at += g_.group_out)
          if (at >= piece.channel && at < end)
            z[at] = static_cast<Word>(z[at] + sums_[static_cast<std::size_t>(c)]);
      }
  }

 private:
  void find_lines(const Pixel& at, std::int64_t m) {
    lines_.clear();
    for (std::int64_t tap_y = 0; tap_y < g_.y.kernel; ++tap_y) {
      const std::int64_t y = g_.y.at(at.y, tap_y);
      if (!g_.y.inside(y)) continue;
      for (std::int64_t tap_x = 0; tap_x < g_.x.kernel; ++tap_x) {
        const std::int64_t x = g_.x.at(at.x, tap_x), tap = tap_y * g_.x.kernel + tap_x;
        if (!g_.x.inside(x)) continue;
        const Word* pixel = input_ + ((at.image * g_.y.in + y) * g_.x.in + x) * g_.channels;
        lines_.push_back(
            {reinterpret_cast<const std::byte*>(pixel),
             reinterpret_cast<const std::byte*>(filters_.data() + (m * g_.taps() + tap) * g_.channels)});
      }
    }
  }

  const Geometry& g_;
  const Word* input_;
  std::vector<Word> filters_, sums_;
  std::vector<Lines> lines_;
};

template <class Word>
void conv2d_words(const Geometry& g, std::span<const View> in, const MutableView& out, Range range,
                  bool accumulate) {
  auto* z = reinterpret_cast<Word*>(out.data);
  if (!accumulate) std::fill(z + range.begin, z + range.end, Word{0});
  if (range.size() == 0) return;
  constexpr std::int64_t kFewChannels = 4;  // lines shorter than a vector do not pay
  const bool depthwise = g.group_in == 1 && g.channels >= kFewChannels;
  std::optional<Depthwise<Word>> lines;
  if (depthwise) lines.emplace(g, in);
  const auto end = static_cast<std::int64_t>(range.end);
  for (auto i = static_cast<std::int64_t>(range.begin); i < end;) {
    const std::int64_t channel = i % g.out_channels;
    Piece piece{i / g.out_channels, 1, channel, std::min(g.out_channels - channel, end - i)};
    if (piece.channels == g.out_channels) piece.pixels = (end - i) / g.out_channels;
    if (depthwise) {
      lines->run(out.element.width, out, piece);
    } else {
      convolve<Word>(g, in, out, piece);
    }
    i += piece.pixels * piece.channels;
  }
}

}  // namespace

OpRow conv2d_row() {
  return {.name = "conv2d",
          .op_class = OpClass::bilinear,
          .min_operands = 2,
          .max_operands = 2,
          .infer = infer,
          .kernel =
              [](std::span<const std::int64_t> attributes, std::span<const View> in, const MutableView& out,
                 Range range, bool accumulate) {
                const Geometry g = geometry_of(*in[0].shape, *in[1].shape, attributes);
                with_word(out.element.width, [&]<class Word>(std::type_identity<Word>) {
                  conv2d_words<Word>(g, in, out, range, accumulate);
                });
              },
          .cost = reshare_cost,
          .doc = "Two-dimensional convolution (correlation) of images with filters, in groups of channels.",
          .shapes =
              "input:[b, h, w, c] filter:[o, r, s, c / groups] -> [b, h', w', o], h' = (h + top + bottom "
              "- dilation (r - 1) - 1) / stride + 1, w' likewise",
          .reveals = "nothing",
          .source = "[BBY23] matrix product: a convolution is one of patches and filters"};
}

}  // namespace tacet::ops
