#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// Every bound on files, texts and browsers, each beside the attack it stops. Those of data files stand
/// beside their readers in apps/io, those on peers in transport/limits.hpp, those on the size of a
/// computation in graph/limits.hpp.
namespace tacet::apps {

// ---- Files. One that is larger is refused before it is read; a pipe, as soon as more has come.

/// A cluster file may come from a coordinator by mail. Thirteen parties and a thousand clients need a fifth.
inline constexpr std::size_t kMaxClusterBytes = std::size_t{1} << 20;

/// A key of 50,000 dots is as many tables in each other, and a parser that recurses overflows its stack: dots
/// in a line, and brackets in each other.
inline constexpr std::size_t kMaxTomlDots = 16, kMaxTomlBrackets = 16;

/// Names of parties and clients are printed in every line of a log and travel in messages.
inline constexpr std::size_t kMaxNameBytes = 64;

/// RFC 1035 allows 253 characters; nothing longer can be resolved.
inline constexpr std::size_t kMaxHostBytes = 253;

/// An outline is read into a tree of eight times its size, and one short line can speak of as many zeros.
inline constexpr std::size_t kMaxOutlineBytes = std::size_t{1} << 28;

/// Offsets in a .tflite file have 32 bits, and signed ones are not defined beyond this.
inline constexpr std::size_t kMaxNetworkBytes = std::size_t{1} << 31;

/// Of all tensors of a network together, and of the weights that its operators read: what a few bytes of
/// shapes speak of is not allocated, and nobody counts for hours.
inline constexpr std::uint64_t kMaxNetworkElements = std::uint64_t{1} << 31;

/// Tensors of more axes have no meaning for any operator.
inline constexpr std::size_t kMaxNetworkRank = 8;

/// Extents, strides and dilations of windows, whose products are taken.
inline constexpr std::int64_t kMaxWindow = std::int64_t{1} << 20;

/// A line for each class of a network.
inline constexpr std::size_t kMaxLabelBytes = std::size_t{1} << 26;

/// A few bytes of header can speak of any number of pixels: more are refused before memory is taken for them.
inline constexpr std::int64_t kMaxPixels = 100'000'000;

/// So many bytes all those pixels have in a BMP file.
inline constexpr std::size_t kMaxImageBytes = std::size_t{1} << 29;

/// Traces are read whole, to become part of a page.
inline constexpr std::size_t kMaxTraceBytes = std::size_t{1} << 30;

// ---- The command line.

/// Endpoints tell each other times in milliseconds of 32 bits: a few weeks. Less than one is none.
inline constexpr double kMinSeconds = 0.001, kMaxSeconds = 4'000'000;

/// An hour. What is added to a network is slept.
inline constexpr double kMaxDelayMs = 3'600'000;

/// A petabit per second, whose bytes can be counted.
inline constexpr double kMaxRateMbit = 1e9;

// ---- Browsers that reach the dashboard.

/// A browser that asks for the page of a running job sends some hundred bytes; whoever sends more is none.
inline constexpr std::size_t kMaxRequestBytes = 8192;

/// Whoever reaches the dashboard could otherwise take every descriptor of the process. When the table is full
/// the oldest connection that is no stream of events goes, so that silent ones do not keep a browser outside.
inline constexpr std::size_t kMaxBrowsers = 64;

/// Streams of events last as long as the job, so that they never fill the table above.
inline constexpr std::size_t kMaxEventStreams = 32;

/// A browser that connects and says nothing, or a byte a second, holds its place only this long.
inline constexpr std::chrono::milliseconds kRequestTimeout{5000};

/// As long a page may take to reach a browser, and as long a stream may stand still.
inline constexpr std::chrono::milliseconds kResponseTimeout{30'000};

}  // namespace tacet::apps
