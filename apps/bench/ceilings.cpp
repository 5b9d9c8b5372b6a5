#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstring>
#include <thread>

#include "apps/bench/bench.hpp"
#include "protocols/masks.hpp"
#include "transport/ceiling.hpp"

namespace tacet::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kStreamBytes = std::uint64_t{32} << 20;
constexpr std::chrono::milliseconds kLongEnough{100};

/// Makes work on every core, then calls it there for a while; it returns how many bytes it has handled. Bytes
/// per second.
template <class MakeWork>
double on_all_cores(MakeWork make_work) {
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  std::atomic<std::uint64_t> bytes{0};
  std::barrier together(static_cast<std::ptrdiff_t>(cores));
  std::vector<double> seconds(cores);
  std::vector<std::thread> threads;
  for (double& taken : seconds)
    threads.emplace_back([&] {
      auto work = make_work();
      work();  // its memory is there then
      together.arrive_and_wait();
      const Clock::time_point begin = Clock::now();
      while (Clock::now() - begin < kLongEnough) bytes += work();
      taken = std::chrono::duration<double>(Clock::now() - begin).count();
    });
  for (std::thread& thread : threads) thread.join();
  return static_cast<double>(bytes) / *std::max_element(seconds.begin(), seconds.end());
}

double masks_bytes_per_second() {
  const Setting setting{Scheme::rss, 3, 0};
  protocols::KeyRing keys(setting);
  keys.set(protocols::KeyRef::share(0), protocols::Key::random());
  const auto masks = protocols::aes_masks(std::move(keys));
  return on_all_cores([&] {
    return [source = std::shared_ptr(masks->make_source()), strip = std::vector<std::byte>(4096),
            at = std::uint64_t{0}]() mutable -> std::uint64_t {
      constexpr std::uint64_t kStrips = 256;
      for (std::uint64_t i = 0; i < kStrips; ++i, at += strip.size())
        source->fill({protocols::KeyRef::share(0)}, at, strip);
      return kStrips * strip.size();
    };
  });
}

double library_bytes_per_second() {
  return on_all_cores([] {
    return [cipher = std::make_shared<protocols::LibraryCounterMode>(protocols::Key::random()),
            strip = std::vector<std::byte>(4096)]() mutable -> std::uint64_t {
      constexpr std::uint64_t kStrips = 256;
      for (std::uint64_t i = 0; i < kStrips; ++i) cipher->add(strip);
      return kStrips * strip.size();
    };
  });
}

double memory_bytes_per_second() {
  constexpr std::size_t kBytes = std::size_t{64} << 20;
  return on_all_cores([] {
    return [from = std::vector<std::byte>(kBytes, std::byte{1}),
            to = std::vector<std::byte>(kBytes, std::byte{2})]() mutable -> std::uint64_t {
      std::memcpy(to.data(), from.data(), kBytes);
      return 2 * kBytes;
    };
  });
}

double streams_bytes_per_second(transport::Medium medium, std::uint32_t parties) {
  Result<transport::Ceiling> c = transport::measure_ceiling(medium, parties, (parties - 1) / 2, kStreamBytes);
  if (!c) throw Error(Errc::aborted, c.fault().detail);
  return c->bytes_per_second();
}

}  // namespace

Ceilings measure_ceilings(std::uint32_t parties, unsigned repeat) {
  std::vector<Ceilings> runs;
  for (unsigned i = 0; i <= repeat; ++i)
    runs.push_back({streams_bytes_per_second(transport::Medium::tls, parties),
                    streams_bytes_per_second(transport::Medium::tcp, parties), masks_bytes_per_second(),
                    library_bytes_per_second(), memory_bytes_per_second()});
  Ceilings out;
  for (double Ceilings::*const figure :
       {&Ceilings::tls_bytes_per_second, &Ceilings::tcp_bytes_per_second, &Ceilings::masks_bytes_per_second,
        &Ceilings::library_bytes_per_second, &Ceilings::memory_bytes_per_second}) {
    std::vector<double> values;
    for (std::size_t i = 1; i < runs.size(); ++i) values.push_back(runs[i].*figure);
    out.*figure = median(values);
  }
  return out;
}

}  // namespace tacet::bench
