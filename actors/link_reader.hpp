#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <variant>
#include <vector>

#include "actors/engine.hpp"
#include "actors/link_writer.hpp"
#include "transport/frame.hpp"
#include "transport/stream.hpp"

namespace tacet::actors {

/// The receiving half of a link: checks every frame against the plan, puts payload where the engine wants it
/// and runs the small steps it makes ready.
/// Before its setup a peer may still say that it leaves, as it did while endpoints were awaited.
class LinkReader {
 public:
  /// `back` is the writer of the same link, which carries acknowledgements.
  LinkReader(EndpointId peer, std::unique_ptr<transport::ByteSource> source, const LinkPlan* link,
             std::uint64_t session, Engine& engine, LinkWriter& back);

  /// What comes besides the stream. Called from the thread that runs run().
  struct Events {
    std::function<Status(std::span<const std::byte>)> setup;  ///< the first frame; a fault ends run()
    std::function<void()> large_work;  ///< steps are ready that this thread should not run
    std::function<Status(const transport::AbortNotice&)> notice;  ///< one of several
  };
  /// Both have finished their part.
  struct Ended {};
  /// It has said its last word on why the session ends.
  struct Left {};
  using Outcome = std::variant<Ended, Left, Fault>;

  /// Reads until both have ended, or the peer leaves, breaks a rule, closes too early or says nothing for
  /// `silence`: a peer whose part is complete stays, and is watched, until ours is.
  Outcome run(std::chrono::milliseconds silence, const Events& events);
  /// Ends run() at once, from any thread.
  void cut() { source_->cut(); }
  std::uint64_t wire_bytes() const { return source_->wire_bytes(); }
  /// When something arrived last; the end of time once both have ended. From any thread.
  transport::Clock::time_point last_heard() const { return last_heard_.load(std::memory_order_relaxed); }
  /// Whether the peer's part is complete. From any thread.
  bool peer_ended() const { return peer_ended_.load(std::memory_order_relaxed); }
  /// Payload received so far; whom the peer waits for and how far it is, as its heartbeats say. From any
  /// thread.
  std::uint64_t payload_bytes() const { return offset_.load(std::memory_order_relaxed); }
  std::uint64_t waits_for() const { return waits_for_.load(std::memory_order_relaxed); }
  std::uint32_t progress() const { return progress_.load(std::memory_order_relaxed); }

 private:
  Status read_all(std::span<std::byte> buffer, std::chrono::milliseconds silence);
  Result<std::vector<std::byte>> read_small(std::uint32_t bytes, std::chrono::milliseconds silence);
  Status read_payload(const transport::FrameHeader& header, std::chrono::milliseconds silence, bool& ready);
  Status take_data(const transport::FrameHeader& header, std::chrono::milliseconds silence,
                   const Events& events);
  Status take_end(const transport::FrameHeader& header);
  Fault malformed(const std::string& what) const;

  const EndpointId peer_;
  const std::unique_ptr<transport::ByteSource> source_;
  const std::uint64_t planned_bytes_;
  const std::uint64_t session_;
  Engine& engine_;
  LinkWriter& back_;
  std::atomic<transport::Clock::time_point> last_heard_{transport::Clock::now()};
  std::atomic<std::uint64_t> offset_{0}, waits_for_{transport::kWaitsForNobody};
  std::atomic<std::uint32_t> progress_{0};
  std::atomic<bool> peer_ended_{false};
  std::uint64_t acknowledged_ = 0;
  bool set_up_ = false, left_ = false;
  std::unique_ptr<protocols::Scratch> scratch_;
  std::vector<std::byte> small_;
};

}  // namespace tacet::actors
