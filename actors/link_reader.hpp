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
class LinkReader {
 public:
  /// `back` is the writer of the same link, which carries acknowledgements.
  LinkReader(EndpointId peer, std::unique_ptr<transport::ByteSource> source, const LinkPlan* link,
             std::uint64_t session, Engine& engine, LinkWriter& back);

  /// The peer finished its part.
  struct Ended {};
  using Outcome = std::variant<Ended, transport::AbortNotice, Fault>;

  /// Reads until the peer ends, aborts or breaks a rule, or says nothing for `silence`. `large_work` is
  /// called when steps are ready that this thread should not run.
  Outcome run(std::chrono::milliseconds silence, const std::function<void()>& large_work);
  /// Ends run() at once, from any thread.
  void cut() { source_->cut(); }
  std::uint64_t wire_bytes() const { return source_->wire_bytes(); }
  /// When the last frame began to arrive; the end of time once the peer has ended. From any thread.
  transport::Clock::time_point last_heard() const { return last_heard_.load(std::memory_order_relaxed); }

 private:
  Status read_payload(const transport::FrameHeader& header, std::chrono::milliseconds silence, bool& ready);
  Fault malformed(const std::string& what) const;

  const EndpointId peer_;
  const std::unique_ptr<transport::ByteSource> source_;
  const std::uint64_t planned_bytes_;
  const std::uint64_t session_;
  Engine& engine_;
  LinkWriter& back_;
  std::atomic<transport::Clock::time_point> last_heard_{transport::Clock::now()};
  std::uint64_t offset_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::vector<std::byte> small_;
};

}  // namespace tacet::actors
