#include "transport/ceiling.hpp"

#include <algorithm>
#include <mutex>
#include <thread>
#include <vector>

#include "transport/memory.hpp"
#include "transport/tls.hpp"

namespace tacet::transport {

namespace {

using std::chrono::duration;

/// Far above what any machine needs, so that a measurement that hangs ends with a fault.
constexpr std::chrono::minutes kPatience{5};
constexpr std::size_t kChunkBytes = std::size_t{256} << 10;

/// Makes streams of one medium, as fresh identities see them.
class Streams {
 public:
  explicit Streams(Medium medium) : medium_(medium), identity_(make_identity("tacet bench", 1)) {}

  StreamPair next() const {
    switch (medium_) {
      case Medium::memory:
        return memory_pair();
      case Medium::tcp:
        return tcp_pair();
      case Medium::tls:
        return tls_pair(identity_, identity_);
    }
    throw Error(Errc::bad_argument, "unknown medium");
  }

 private:
  Medium medium_;
  Identity identity_;
};

/// The first fault of several threads; it cuts every stream so that the others end too.
class FirstFault {
 public:
  explicit FirstFault(std::vector<StreamPair>& streams) : streams_(streams) {}

  void report(const Status& fault) {
    if (!fault) return;
    const std::lock_guard lock(mutex_);
    if (fault_) return;
    fault_ = fault;
    for (StreamPair& stream : streams_) {
      stream.sink->cut();
      stream.source->cut();
    }
  }

  const Status& get() const { return fault_; }

 private:
  std::vector<StreamPair>& streams_;
  std::mutex mutex_;
  Status fault_;
};

Status write_many(ByteSink& sink, std::uint64_t bytes, Deadline deadline) {
  const std::vector<std::byte> chunk(kChunkBytes, std::byte{0x5a});
  while (bytes > 0) {
    const std::size_t step = std::min<std::uint64_t>(bytes, chunk.size());
    if (Status fault = write_all(sink, Bytes(chunk).first(step), deadline)) return fault;
    bytes -= step;
  }
  return std::nullopt;
}

Status read_many(ByteSource& source, std::uint64_t bytes, Deadline deadline) {
  std::vector<std::byte> chunk(kChunkBytes);
  while (bytes > 0) {
    const std::size_t step = std::min<std::uint64_t>(bytes, chunk.size());
    if (Status fault = read_exact(source, std::span(chunk).first(step), deadline)) return fault;
    bytes -= step;
  }
  return std::nullopt;
}

}  // namespace

Result<Ceiling> measure_ceiling(Medium medium, std::uint32_t n, std::uint32_t t,
                                std::uint64_t bytes_per_stream) {
  const Streams make(medium);
  std::vector<StreamPair> streams(std::size_t{n} * t);
  for (StreamPair& stream : streams) stream = make.next();
  FirstFault first(streams);
  std::vector<std::thread> threads;
  const Deadline begin = Clock::now();
  const Deadline deadline = begin + kPatience;
  for (StreamPair& stream : streams) {
    threads.emplace_back([&] { first.report(write_many(*stream.sink, bytes_per_stream, deadline)); });
    threads.emplace_back([&] { first.report(read_many(*stream.source, bytes_per_stream, deadline)); });
  }
  for (std::thread& thread : threads) thread.join();
  if (first.get()) return *first.get();
  return Ceiling{duration<double>(Clock::now() - begin).count(), bytes_per_stream * streams.size()};
}

Result<double> ping_pong_us(Medium medium, std::size_t rounds) {
  TACET_ASSERT(rounds > 0);
  const Streams make(medium);
  std::vector<StreamPair> streams;
  streams.push_back(make.next());
  streams.push_back(make.next());
  FirstFault first(streams);
  const Deadline deadline = Clock::now() + kPatience;
  const auto echo = [&](ByteSource& from, ByteSink& to) -> Status {
    std::byte byte{};
    for (std::size_t i = 0; i < rounds; ++i) {
      if (Status fault = read_exact(from, std::span(&byte, 1), deadline)) return fault;
      if (Status fault = write_all(to, Bytes(&byte, 1), deadline)) return fault;
    }
    return std::nullopt;
  };
  std::thread other([&] { first.report(echo(*streams[0].source, *streams[1].sink)); });
  std::vector<double> times_us;
  times_us.reserve(rounds);
  const auto ask = [&]() -> Status {
    std::byte byte{1};
    for (std::size_t i = 0; i < rounds; ++i) {
      const Deadline begin = Clock::now();
      if (Status fault = write_all(*streams[0].sink, Bytes(&byte, 1), deadline)) return fault;
      if (Status fault = read_exact(*streams[1].source, std::span(&byte, 1), deadline)) return fault;
      times_us.push_back(duration<double, std::micro>(Clock::now() - begin).count());
    }
    return std::nullopt;
  };
  first.report(ask());
  other.join();
  if (first.get()) return *first.get();
  std::nth_element(times_us.begin(), times_us.begin() + static_cast<std::ptrdiff_t>(rounds / 2),
                   times_us.end());
  return times_us[rounds / 2];
}

}  // namespace tacet::transport
